using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    internal static class SetupMenu
    {
        const string Root = "GameObject/Avatar Bridge/";
        const string SetUp = Root + "Set up selected avatar";
        const int Priority = 20; // after Unity's own object menus

        [MenuItem(SetUp, false, Priority)]
        static void SetUpSelected()
        {
            var avatar = Selection.activeGameObject;
            var receiver = SceneSearch.First<AvatarBridgeReceiver>();
            if (receiver == null) receiver = CreateReceiver();
            Undo.RecordObject(receiver, "Set up avatar");
            if (receiver.Avatar == null) receiver.Avatar = avatar;
            Undo.RegisterFullObjectHierarchyUndo(avatar, "Set up avatar");
            AvatarSetup.AddMissingDrivers(avatar, receiver);
            if (SetupValidator.Find().Exists(problem => problem.Severity == Severity.Error)) ValidationWindow.Open();
        }

        [MenuItem(SetUp, true)]
        static bool CanSetUpSelected() =>
            Selection.activeGameObject != null && Selection.activeGameObject.GetComponentInChildren<Animator>() != null;

        [MenuItem(Root + "Receiver", false, Priority + 1)]
        internal static AvatarBridgeReceiver CreateReceiver()
        {
            var holder = new GameObject("Avatar Bridge Receiver");
            Undo.RegisterCreatedObjectUndo(holder, "Create receiver");
            Selection.activeGameObject = holder;
            return holder.AddComponent<AvatarBridgeReceiver>();
        }
    }
}
