using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>
    /// A humanoid performance as curves: body position and rotation and all muscles, so that the
    /// clip plays on any humanoid; and the blendshapes of the avatar it was recorded from.
    /// </summary>
    internal sealed class MuscleCurves : IDisposable
    {
        static readonly string[] RootNames =
        {
            "RootT.x", "RootT.y", "RootT.z", "RootQ.x", "RootQ.y", "RootQ.z", "RootQ.w",
        };

        static readonly string[] Fingers = { "Thumb", "Index", "Middle", "Ring", "Little" };

        readonly HumanPoseHandler _handler;
        readonly Transform _root;
        readonly SkinnedMeshRenderer[] _meshes;
        readonly List<float> _times = new List<float>();
        readonly List<float[]> _values = new List<float[]>();
        HumanPose _pose;

        public MuscleCurves(Animator animator)
        {
            _root = animator.transform;
            _handler = new HumanPoseHandler(animator.avatar, _root);
            _meshes = animator.GetComponentsInChildren<SkinnedMeshRenderer>(true);
        }

        public void Dispose() => _handler.Dispose();

        public int FrameCount => _times.Count;

        public float Seconds => _times.Count == 0 ? 0 : _times[_times.Count - 1];

        public void Snapshot(float time)
        {
            _handler.GetHumanPose(ref _pose);
            var values = new List<float>
            {
                _pose.bodyPosition.x, _pose.bodyPosition.y, _pose.bodyPosition.z,
                _pose.bodyRotation.x, _pose.bodyRotation.y, _pose.bodyRotation.z, _pose.bodyRotation.w,
            };
            values.AddRange(_pose.muscles);
            foreach (var mesh in _meshes)
                for (var i = 0; i < ShapeCount(mesh); i++) values.Add(mesh.GetBlendShapeWeight(i));
            _times.Add(time);
            _values.Add(values.ToArray());
        }

        public AnimationClip ToClip(float framesPerSecond)
        {
            var clip = new AnimationClip { frameRate = framesPerSecond };
            var column = 0;
            foreach (var name in RootNames) Set(clip, OnAnimator(name), column++);
            foreach (var muscle in HumanTrait.MuscleName) Set(clip, OnAnimator(CurveName(muscle)), column++);
            foreach (var mesh in _meshes)
                for (var i = 0; i < ShapeCount(mesh); i++)
                    Set(clip, EditorCurveBinding.FloatCurve(
                        AnimationUtility.CalculateTransformPath(mesh.transform, _root), typeof(SkinnedMeshRenderer),
                        "blendShape." + mesh.sharedMesh.GetBlendShapeName(i)), column++);
            return clip;
        }

        /// <summary>Muscles of fingers have another name in clips than in HumanTrait.</summary>
        internal static string CurveName(string muscle)
        {
            foreach (var side in new[] { "Left", "Right" })
                foreach (var finger in Fingers)
                {
                    var beginning = $"{side} {finger} ";
                    if (muscle.StartsWith(beginning, StringComparison.Ordinal))
                        return $"{side}Hand.{finger}.{muscle.Substring(beginning.Length)}";
                }
            return muscle;
        }

        void Set(AnimationClip clip, EditorCurveBinding binding, int column)
        {
            var keys = new Keyframe[_times.Count];
            for (var i = 0; i < keys.Length; i++) keys[i] = new Keyframe(_times[i], _values[i][column]);
            AnimationUtility.SetEditorCurve(clip, binding, new AnimationCurve(keys));
        }

        static EditorCurveBinding OnAnimator(string property) =>
            EditorCurveBinding.FloatCurve("", typeof(Animator), property);

        static int ShapeCount(SkinnedMeshRenderer mesh) => mesh.sharedMesh == null ? 0 : mesh.sharedMesh.blendShapeCount;
    }
}
