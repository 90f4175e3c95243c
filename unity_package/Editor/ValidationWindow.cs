using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>Lists what is wrong with the scene's avatars, each with a button that mends it.</summary>
    internal sealed class ValidationWindow : EditorWindow
    {
        const float ButtonWidth = 60;

        List<SetupProblem> _problems = new List<SetupProblem>();
        Vector2 _scroll;

        [MenuItem("Window/Avatar Bridge/Check setup")]
        public static void Open() => GetWindow<ValidationWindow>("Avatar Bridge Check");

        void OnEnable() => Look();

        void OnFocus() => Look();

        void OnHierarchyChange() => Look();

        void Look()
        {
            _problems = SetupValidator.Find();
            Repaint();
        }

        void OnGUI()
        {
            if (_problems.Count == 0) EditorGUILayout.HelpBox("All is well.", MessageType.Info);
            _scroll = EditorGUILayout.BeginScrollView(_scroll);
            SetupProblem chosen = null;
            foreach (var problem in _problems)
            {
                EditorGUILayout.BeginHorizontal();
                EditorGUILayout.HelpBox(problem.Text, Icon(problem.Severity));
                if (problem.Context != null && GUILayout.Button("Show", GUILayout.Width(ButtonWidth)))
                    EditorGUIUtility.PingObject(problem.Context);
                if (problem.Fix != null && GUILayout.Button("Fix", GUILayout.Width(ButtonWidth))) chosen = problem;
                EditorGUILayout.EndHorizontal();
            }
            EditorGUILayout.EndScrollView();
            if (chosen == null) return;
            chosen.Fix(); // after the layout, which a fix may change
            Look();
        }

        static MessageType Icon(Severity severity)
        {
            switch (severity)
            {
                case Severity.Error: return MessageType.Error;
                case Severity.Warning: return MessageType.Warning;
                default: return MessageType.Info;
            }
        }
    }
}
