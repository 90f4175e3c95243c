using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// Where every transform of an avatar is in its T-pose, relative to the Animator's own transform,
    /// read from the Avatar's description; what it does not name is taken as it stands.
    /// </summary>
    internal sealed class TPose
    {
        readonly Transform _root;
        readonly Dictionary<string, SkeletonBone> _described = new Dictionary<string, SkeletonBone>();

        public TPose(Animator animator)
        {
            _root = animator.transform;
            var skeleton = animator.avatar == null ? null : animator.avatar.humanDescription.skeleton;
            if (skeleton == null) return;
            // Of transforms with the same name the engine too takes the first.
            foreach (var bone in skeleton)
                if (!_described.ContainsKey(bone.name)) _described.Add(bone.name, bone);
        }

        public bool IsDescribed => _described.Count > 0;

        /// <summary>The rotation of a transform in the root's axes.</summary>
        public Quaternion RestRotation(Transform transform) =>
            transform == _root || transform == null
                ? Quaternion.identity
                : RestRotation(transform.parent) * LocalRotation(transform);

        /// <summary>The position of a transform in the root's axes.</summary>
        public Vector3 RestPosition(Transform transform)
        {
            var point = Vector3.zero;
            for (var t = transform; t != _root && t != null; t = t.parent)
                point = LocalPosition(t) + LocalRotation(t) * Vector3.Scale(LocalScale(t), point);
            return point;
        }

        public Quaternion LocalRotation(Transform transform) =>
            _described.TryGetValue(transform.name, out var bone) ? bone.rotation : transform.localRotation;

        Vector3 LocalPosition(Transform transform) =>
            _described.TryGetValue(transform.name, out var bone) ? bone.position : transform.localPosition;

        Vector3 LocalScale(Transform transform) =>
            _described.TryGetValue(transform.name, out var bone) ? bone.scale : transform.localScale;
    }
}
