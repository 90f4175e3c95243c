using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Moves the hips, the only bone whose position is ever written, in the avatar's own size.</summary>
    internal sealed class RigHips
    {
        readonly Transform _root, _hips;
        readonly Vector3 _rest;

        Vector3 _animated, _written;

        public RigHips(Transform root, Transform hips, TPose pose)
        {
            _root = root;
            _hips = hips;
            _rest = pose.RestPosition(hips);
            _written = hips.localPosition;
            _animated = hips.localPosition;
        }

        /// <summary>Height of the hips over the avatar's root in the T-pose, in the root's units.</summary>
        public float RestHeight => _rest.y;

        /// <summary>Where the hips belong, in the root's axes, when the sender's have moved from rest.</summary>
        public Vector3 Target(Vector3 sent, float senderHeight, HipsMotion motion)
        {
            if (senderHeight <= 0) return _rest;
            var moved = (sent - new Vector3(0, senderHeight, 0)) * (RestHeight / senderHeight);
            if (motion == HipsMotion.HeightOnly) moved = new Vector3(0, moved.y, 0);
            return _rest + moved;
        }

        public Vector3 Rest => _rest;

        /// <summary>Goes this share (0 to 1) of the way from where an animation has the hips.</summary>
        public void Write(Vector3 inRoot, float share)
        {
            var current = _hips.localPosition;
            if (!IsSame(current, _written)) _animated = current;
            var target = _hips.parent.InverseTransformPoint(_root.TransformPoint(inRoot));
            _hips.localPosition = share >= 1 ? target : Vector3.Lerp(_animated, target, share);
            _written = _hips.localPosition;
        }

        static bool IsSame(Vector3 a, Vector3 b) => a.x == b.x && a.y == b.y && a.z == b.z;
    }
}
