using System;
using System.Collections.Generic;

namespace AvatarBridge.Tests
{
    /// <summary>Whole VMC frames for tests, as one bundle, split bundles or single messages.</summary>
    internal static class VmcFrames
    {
        public const int ExpressionCount = 52;
        const int SplitBytes = 1400;

        public static byte[] Bone(BodyBone bone, Quat rotation, Vec3 position = default(Vec3)) =>
            OscBuilder.Message("/VMC/Ext/Bone/Pos", bone.ToString(), position.X, position.Y, position.Z,
                rotation.X, rotation.Y, rotation.Z, rotation.W);

        public static byte[] Blend(string name, float weight) =>
            OscBuilder.Message("/VMC/Ext/Blend/Val", name, weight);

        public static byte[] Time(float seconds) => OscBuilder.Message("/VMC/Ext/T", seconds);

        public static byte[] Apply() => OscBuilder.Message("/VMC/Ext/Blend/Apply");

        /// <summary>A motion that is known at any time: each bone swings about its own axis.</summary>
        public static Quat RotationAt(BodyBone bone, double seconds)
        {
            var angle = 0.6f * (float)Math.Sin(2 * seconds + (int)bone);
            var tilt = (int)bone * 0.7f;
            return Quat.FromRotationVector(
                new Vec3((float)Math.Cos(tilt), (float)Math.Sin(tilt), 0.3f) * angle);
        }

        public static float WeightAt(int id, double seconds) => 0.5f + 0.5f * (float)Math.Sin(seconds + id);

        public static List<byte[]> Messages(float seconds, bool withTime = true)
        {
            var messages = new List<byte[]> { OscBuilder.Message("/VMC/Ext/OK", 1, 3, 0, 1) };
            if (withTime) messages.Add(Time(seconds));
            messages.Add(OscBuilder.Message("/VMC/Ext/Root/Pos", "root", 0f, 0f, 0f, 0f, 0f, 0f, 1f));
            for (var i = 0; i < BoneTable.Count; i++)
                messages.Add(Bone((BodyBone)i, RotationAt((BodyBone)i, seconds), new Vec3(0, 0.95f, 0)));
            for (var i = 0; i < ExpressionCount; i++) messages.Add(Blend("shape" + i, WeightAt(i, seconds)));
            messages.Add(Apply());
            return messages;
        }

        public static byte[] OneBundle(float seconds) => OscBuilder.Bundle(Messages(seconds).ToArray());

        public static List<byte[]> SplitBundles(float seconds)
        {
            var bundles = new List<byte[]>();
            var part = new List<byte[]>();
            var size = 16;
            foreach (var message in Messages(seconds))
            {
                if (size + 4 + message.Length > SplitBytes)
                {
                    bundles.Add(OscBuilder.Bundle(part.ToArray()));
                    part.Clear();
                    size = 16;
                }
                part.Add(message);
                size += 4 + message.Length;
            }
            bundles.Add(OscBuilder.Bundle(part.ToArray()));
            return bundles;
        }
    }
}
