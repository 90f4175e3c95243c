using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    [CustomEditor(typeof(HumanoidDriver))]
    internal sealed class HumanoidDriverEditor : UnityEditor.Editor
    {
        public override void OnInspectorGUI()
        {
            var driver = (HumanoidDriver)target;
            var fault = HumanoidRig.FaultOf(driver.GetComponent<Animator>()) ?? driver.Fault;
            if (fault != "") EditorGUILayout.HelpBox(fault, MessageType.Error);
            DrawDefaultInspector();
            if (driver.Rig != null)
                EditorGUILayout.LabelField("Bones driven", $"{driver.Rig.Bones.Length} of {BoneTable.Count}");
        }
    }

    [CustomEditor(typeof(BlendShapeDriver))]
    internal sealed class BlendShapeDriverEditor : UnityEditor.Editor
    {
        bool _open = true;

        public override void OnInspectorGUI()
        {
            var driver = (BlendShapeDriver)target;
            DrawDefaultInspector();
            if (GUILayout.Button("Map again")) driver.Rebuild();
            _open = EditorGUILayout.Foldout(_open, $"Map ({driver.LinkCount} blendshapes driven)");
            if (_open) EditorGUILayout.HelpBox(driver.Report(), MessageType.None);
        }
    }
}
