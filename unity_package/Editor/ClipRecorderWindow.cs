using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>Records what an avatar does while playing into an AnimationClip of the project.</summary>
    internal sealed class ClipRecorderWindow : EditorWindow
    {
        const float FramesPerSecond = 60;

        Animator _animator;
        MuscleCurves _curves;
        double _start;

        [MenuItem("Window/Avatar Bridge/Clip recorder")]
        public static void Open() => GetWindow<ClipRecorderWindow>("Avatar Bridge Recorder");

        void OnEnable() => EditorApplication.update += Tick;

        void OnDisable()
        {
            EditorApplication.update -= Tick;
            _curves?.Dispose();
            _curves = null;
        }

        void Tick()
        {
            if (_curves == null) return;
            if (!Application.isPlaying || _animator == null)
            {
                Stop();
                return;
            }
            var time = (float)(MonotonicClock.Now - _start);
            if (_curves.FrameCount > 0 && time - _curves.Seconds < 1 / FramesPerSecond) return;
            _curves.Snapshot(time);
            Repaint();
        }

        void OnGUI()
        {
            _animator = (Animator)EditorGUILayout.ObjectField("Avatar", _animator, typeof(Animator), true);
            if (_curves != null)
            {
                EditorGUILayout.LabelField("Recorded", $"{_curves.Seconds:0.0} s, {_curves.FrameCount} frames");
                if (GUILayout.Button("Stop and save")) Stop();
                return;
            }
            var fault = HumanoidRig.FaultOf(_animator);
            if (!Application.isPlaying) EditorGUILayout.HelpBox("Press Play, then record.", MessageType.Info);
            else if (_animator != null && fault != null) EditorGUILayout.HelpBox(fault, MessageType.Error);
            else if (_animator != null && GUILayout.Button("Record")) Begin();
        }

        void Begin()
        {
            _curves = new MuscleCurves(_animator);
            _start = MonotonicClock.Now;
        }

        void Stop()
        {
            using (var curves = _curves)
            {
                _curves = null;
                if (curves.FrameCount == 0) return;
                var path = EditorUtility.SaveFilePanelInProject("Save clip", "Performance", "anim", "Where to keep the clip");
                if (string.IsNullOrEmpty(path)) return;
                AssetDatabase.CreateAsset(curves.ToClip(FramesPerSecond), path);
                AssetDatabase.SaveAssets();
            }
        }
    }
}
