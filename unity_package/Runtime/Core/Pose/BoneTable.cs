using System;

namespace AvatarBridge
{
    /// <summary>What is known of each humanoid bone: name, parent, part of the body.</summary>
    internal static class BoneTable
    {
        public const int Count = 55;

        // A power of two with room to spare, so that a probe nearly always hits at once.
        const int HashSize = 256;

        public static readonly string[] Names = new string[Count];
        public static readonly BodyBone[] Parents = new BodyBone[Count];
        public static readonly BodyParts[] Parts = new BodyParts[Count];

        /// <summary>Every parent comes before its children.</summary>
        public static readonly BodyBone[] ParentFirst = new BodyBone[Count];

        static readonly ByteSlice[] NameBytes = new ByteSlice[Count];
        static readonly sbyte[] Buckets = new sbyte[HashSize];

        static BoneTable()
        {
            for (var i = 0; i < HashSize; i++) Buckets[i] = -1;
            for (var i = 0; i < Count; i++)
            {
                var bone = (BodyBone)i;
                Names[i] = bone.ToString();
                NameBytes[i] = ByteSlice.Ascii(Names[i]);
                Parents[i] = ParentOf(bone);
                Parts[i] = PartOf(bone);
                var bucket = NameBytes[i].Hash() % HashSize;
                while (Buckets[bucket] >= 0) bucket = (bucket + 1) % HashSize;
                Buckets[bucket] = (sbyte)i;
            }
            SortParentFirst();
        }

        /// <summary>The bone of this exact name, or None.</summary>
        public static BodyBone Find(ByteSlice name)
        {
            var bucket = name.Hash() % HashSize;
            while (Buckets[bucket] >= 0)
            {
                if (NameBytes[Buckets[bucket]].Matches(name)) return (BodyBone)Buckets[bucket];
                bucket = (bucket + 1) % HashSize;
            }
            return BodyBone.None;
        }

        static void SortParentFirst()
        {
            var filled = 0;
            for (var depth = 0; filled < Count; depth++)
                for (var i = 0; i < Count; i++)
                    if (DepthOf((BodyBone)i) == depth) ParentFirst[filled++] = (BodyBone)i;
        }

        static int DepthOf(BodyBone bone)
        {
            var depth = 0;
            for (var b = Parents[(int)bone]; b != BodyBone.None; b = Parents[(int)b]) depth++;
            return depth;
        }

        static BodyBone ParentOf(BodyBone bone)
        {
            switch (bone)
            {
                case BodyBone.Hips: return BodyBone.None;
                case BodyBone.Spine: case BodyBone.LeftUpperLeg: case BodyBone.RightUpperLeg:
                    return BodyBone.Hips;
                case BodyBone.Chest: return BodyBone.Spine;
                case BodyBone.UpperChest: return BodyBone.Chest;
                case BodyBone.Neck: case BodyBone.LeftShoulder: case BodyBone.RightShoulder:
                    return BodyBone.UpperChest;
                case BodyBone.Head: return BodyBone.Neck;
                case BodyBone.LeftEye: case BodyBone.RightEye: case BodyBone.Jaw:
                    return BodyBone.Head;
                case BodyBone.LeftUpperArm: return BodyBone.LeftShoulder;
                case BodyBone.RightUpperArm: return BodyBone.RightShoulder;
                case BodyBone.LeftLowerArm: return BodyBone.LeftUpperArm;
                case BodyBone.RightLowerArm: return BodyBone.RightUpperArm;
                case BodyBone.LeftHand: return BodyBone.LeftLowerArm;
                case BodyBone.RightHand: return BodyBone.RightLowerArm;
                case BodyBone.LeftLowerLeg: return BodyBone.LeftUpperLeg;
                case BodyBone.RightLowerLeg: return BodyBone.RightUpperLeg;
                case BodyBone.LeftFoot: return BodyBone.LeftLowerLeg;
                case BodyBone.RightFoot: return BodyBone.RightLowerLeg;
                case BodyBone.LeftToes: return BodyBone.LeftFoot;
                case BodyBone.RightToes: return BodyBone.RightFoot;
                default: return FingerParentOf(bone);
            }
        }

        static BodyBone FingerParentOf(BodyBone bone)
        {
            var left = bone < BodyBone.RightThumbProximal;
            var first = left ? BodyBone.LeftThumbProximal : BodyBone.RightThumbProximal;
            // Three bones a finger, proximal first; the proximal one hangs on the hand.
            if ((bone - first) % 3 != 0) return bone - 1;
            return left ? BodyBone.LeftHand : BodyBone.RightHand;
        }

        static BodyParts PartOf(BodyBone bone)
        {
            switch (bone)
            {
                case BodyBone.Hips: return BodyParts.Hips;
                case BodyBone.Spine: case BodyBone.Chest: case BodyBone.UpperChest:
                    return BodyParts.Spine;
                case BodyBone.Neck: case BodyBone.Head: return BodyParts.Head;
                case BodyBone.LeftEye: case BodyBone.RightEye: return BodyParts.Eyes;
                case BodyBone.Jaw: return BodyParts.Jaw;
            }
            var left = Names[(int)bone].StartsWith("Left", StringComparison.Ordinal);
            if (bone >= BodyBone.LeftThumbProximal)
                return left ? BodyParts.LeftFingers : BodyParts.RightFingers;
            switch (bone)
            {
                case BodyBone.LeftUpperLeg: case BodyBone.LeftLowerLeg:
                case BodyBone.LeftFoot: case BodyBone.LeftToes:
                    return BodyParts.LeftLeg;
                case BodyBone.RightUpperLeg: case BodyBone.RightLowerLeg:
                case BodyBone.RightFoot: case BodyBone.RightToes:
                    return BodyParts.RightLeg;
                default:
                    return left ? BodyParts.LeftArm : BodyParts.RightArm;
            }
        }
    }
}
