using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    [CustomEditor(typeof(AvatarBridgeReceiver))]
    internal sealed class ReceiverEditor : UnityEditor.Editor
    {
        public override bool RequiresConstantRepaint() => Application.isPlaying;

        public override void OnInspectorGUI()
        {
            var receiver = (AvatarBridgeReceiver)target;
            if (Application.isPlaying) DrawStatus(receiver);
            else EditorGUILayout.HelpBox("Press Play to receive.", MessageType.Info);
            DrawDefaultInspector();
            EditorGUILayout.Space();
            if (GUILayout.Button("Check the setup")) ValidationWindow.Open();
            if (GUILayout.Button("Live view")) LiveViewWindow.Open();
        }

        static void DrawStatus(AvatarBridgeReceiver receiver)
        {
            var status = receiver.Status;
            var advice = StatusText.Advice(status, receiver.Fault, receiver.Port);
            foreach (var line in StatusText.Lines(status, receiver.Sender))
                EditorGUILayout.LabelField(line.Name, line.Value);
            if (advice != "")
                EditorGUILayout.HelpBox(advice, receiver.Fault != "" ? MessageType.Error : MessageType.Warning);
            EditorGUILayout.Space();
        }
    }
}
