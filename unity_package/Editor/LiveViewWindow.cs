using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>Every bone and expression as it arrives.</summary>
    internal sealed class LiveViewWindow : EditorWindow
    {
        bool _bones = true, _expressions = true;
        Vector2 _scroll;

        [MenuItem("Window/Avatar Bridge/Live view")]
        public static void Open() => GetWindow<LiveViewWindow>("Avatar Bridge Live");

        void Update()
        {
            if (Application.isPlaying) Repaint();
        }

        void OnGUI()
        {
            var receiver = SceneSearch.First<AvatarBridgeReceiver>();
            if (!Application.isPlaying || receiver == null || !receiver.IsOpen)
            {
                EditorGUILayout.HelpBox("Press Play in a scene with an Avatar Bridge Receiver.", MessageType.Info);
                return;
            }
            foreach (var line in StatusText.Lines(receiver.Status, receiver.Sender))
                EditorGUILayout.LabelField(line.Name, line.Value);
            _scroll = EditorGUILayout.BeginScrollView(_scroll);
            _expressions = EditorGUILayout.Foldout(_expressions, $"Expressions ({receiver.ExpressionCount})");
            if (_expressions) DrawExpressions(receiver);
            _bones = EditorGUILayout.Foldout(_bones, "Bones (degrees from the T-pose)");
            if (_bones) DrawBones(receiver);
            EditorGUILayout.EndScrollView();
        }

        static void DrawExpressions(AvatarBridgeReceiver receiver)
        {
            for (var i = 0; i < receiver.ExpressionCount; i++)
            {
                var weight = receiver.ExpressionWeight(i);
                var bar = EditorGUILayout.GetControlRect();
                EditorGUI.ProgressBar(bar, weight, $"{receiver.ExpressionName(i)} {weight:0.00}");
            }
        }

        static void DrawBones(AvatarBridgeReceiver receiver)
        {
            for (var i = 0; i < BoneTable.Count; i++)
            {
                var known = receiver.TryGetRotation((HumanBodyBones)i, out var rotation);
                EditorGUILayout.LabelField(BoneTable.Names[i], known ? Degrees(rotation) : "not sent");
            }
        }

        static string Degrees(Quaternion rotation)
        {
            var angles = rotation.eulerAngles;
            return $"{Mathf.DeltaAngle(0, angles.x),6:0} {Mathf.DeltaAngle(0, angles.y),6:0} {Mathf.DeltaAngle(0, angles.z),6:0}";
        }
    }
}
