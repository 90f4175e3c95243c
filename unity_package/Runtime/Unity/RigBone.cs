using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// One bone of an avatar and the change between its own axes and the normalised T-pose:
    /// local = (T-pose of the parent)^-1 * normalised * (T-pose of the bone), both in root axes.
    /// </summary>
    internal sealed class RigBone
    {
        public readonly BodyBone Bone;
        public readonly BodyParts Part;
        public readonly Transform Transform;
        /// <summary>The bones of the stream that it carries, in order; more than its own when some are missing.</summary>
        public readonly BodyBone[] Chain;

        readonly Quaternion _before, _beforeInverse;
        readonly Quaternion _after, _afterInverse;

        Quaternion _animated, _written;

        public RigBone(BodyBone bone, Transform transform, BodyBone[] chain, TPose pose)
        {
            Bone = bone;
            Part = BoneTable.Parts[(int)bone];
            Transform = transform;
            Chain = chain;
            _beforeInverse = pose.RestRotation(transform.parent);
            _before = Quaternion.Inverse(_beforeInverse);
            _after = pose.RestRotation(transform);
            _afterInverse = Quaternion.Inverse(_after);
            _animated = pose.LocalRotation(transform);
            _written = transform.localRotation;
        }

        /// <summary>
        /// What an animation, or anyone but this package, last gave the bone, in the normalised rig.
        /// A value that is still ours is no animation: mixing with it would add up frame by frame.
        /// </summary>
        public Quaternion Animated
        {
            get
            {
                var current = Transform.localRotation;
                if (!IsSame(current, _written)) _animated = current;
                return _beforeInverse * _animated * _afterInverse;
            }
        }

        public void Write(Quaternion normalised)
        {
            _written = _before * normalised * _after;
            Transform.localRotation = _written;
            // As the engine keeps it, which may differ in the last bit.
            _written = Transform.localRotation;
        }

        static bool IsSame(Quaternion a, Quaternion b) => a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w;
    }
}
