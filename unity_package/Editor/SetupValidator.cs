using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>Looks through the scene for what keeps avatars from moving.</summary>
    internal static class SetupValidator
    {
        static readonly HumanBodyBones[] Welcome =
        {
            HumanBodyBones.UpperChest, HumanBodyBones.Neck, HumanBodyBones.LeftShoulder, HumanBodyBones.LeftEye,
            HumanBodyBones.Jaw, HumanBodyBones.LeftThumbProximal, HumanBodyBones.LeftIndexProximal,
            HumanBodyBones.LeftToes,
        };

        public static List<SetupProblem> Find()
        {
            var problems = new List<SetupProblem>();
            var receivers = SceneSearch.All<AvatarBridgeReceiver>();
            if (receivers.Length == 0)
                problems.Add(new SetupProblem(Severity.Error, "The scene has no Avatar Bridge Receiver.", null,
                    () => SetupMenu.CreateReceiver()));
            CheckPorts(receivers, problems);
            if (!PlayerSettings.runInBackground)
                problems.Add(new SetupProblem(Severity.Warning,
                    "Run In Background is off: avatars freeze as soon as another window has the focus.", null,
                    () => PlayerSettings.runInBackground = true));

            var avatars = Avatars(receivers);
            if (receivers.Length > 0 && avatars.Count == 0)
                problems.Add(new SetupProblem(Severity.Error,
                    "No avatar is connected. Select one and choose GameObject, Avatar Bridge, Set up selected avatar.",
                    receivers[0]));
            foreach (var avatar in avatars) CheckAvatar(avatar, problems);
            return problems;
        }

        static void CheckPorts(AvatarBridgeReceiver[] receivers, List<SetupProblem> problems)
        {
            var taken = new HashSet<int>();
            foreach (var receiver in receivers)
            {
                if (!taken.Add(receiver.Port))
                    problems.Add(new SetupProblem(Severity.Error,
                        $"Two receivers listen on port {receiver.Port}; only one of them will get data.", receiver));
                if (receiver.Fault != "") problems.Add(new SetupProblem(Severity.Error, receiver.Fault, receiver));
            }
        }

        static List<GameObject> Avatars(AvatarBridgeReceiver[] receivers)
        {
            var avatars = new List<GameObject>();
            foreach (var receiver in receivers)
                if (receiver.Avatar != null && !avatars.Contains(receiver.Avatar)) avatars.Add(receiver.Avatar);
            foreach (var driver in SceneSearch.All<HumanoidDriver>())
                if (!avatars.Exists(avatar => driver.transform.IsChildOf(avatar.transform))) avatars.Add(driver.gameObject);
            return avatars;
        }

        static void CheckAvatar(GameObject avatar, List<SetupProblem> problems)
        {
            var animator = avatar.GetComponentInChildren<Animator>();
            var fault = HumanoidRig.FaultOf(animator);
            if (fault != null)
            {
                problems.Add(new SetupProblem(Severity.Error, $"{avatar.name}: {fault}", avatar, ImportFix.MakeHumanoid(avatar)));
                return;
            }
            if (animator.GetBoneTransform(HumanBodyBones.Hips) == null)
                problems.Add(new SetupProblem(Severity.Error,
                    $"{avatar.name}: its bones are hidden by Optimize Game Objects.", avatar, ImportFix.ShowBones(avatar)));
            if (animator.GetComponent<HumanoidDriver>() == null)
                problems.Add(new SetupProblem(Severity.Warning,
                    $"{avatar.name} has no Humanoid Driver yet; it is added when play begins.", avatar,
                    () => Undo.AddComponent<HumanoidDriver>(animator.gameObject)));
            if (animator.applyRootMotion)
                problems.Add(new SetupProblem(Severity.Warning,
                    $"{avatar.name}: Apply Root Motion lets the Animator move the avatar against the tracking.", avatar,
                    () => animator.applyRootMotion = false));
            CheckFace(avatar, problems);
            CheckBones(avatar, animator, problems);
        }

        static void CheckFace(GameObject avatar, List<SetupProblem> problems)
        {
            if (avatar.GetComponentInChildren<ExpressionDriver>() != null) return;
            if (AvatarSetup.HasBlendShapes(avatar))
                problems.Add(new SetupProblem(Severity.Warning,
                    $"{avatar.name} has no driver for its face yet; it is added when play begins.", avatar,
                    () => AvatarSetup.AddFaceDriver(avatar, null)));
            else
                problems.Add(new SetupProblem(Severity.Note,
                    $"{avatar.name} has no blendshapes: its face will not move.", avatar));
        }

        static void CheckBones(GameObject avatar, Animator animator, List<SetupProblem> problems)
        {
            var missing = new List<string>();
            foreach (var bone in Welcome)
                if (animator.GetBoneTransform(bone) == null) missing.Add(bone.ToString());
            if (missing.Count > 0)
                problems.Add(new SetupProblem(Severity.Note,
                    $"{avatar.name} lacks {string.Join(", ", missing.ToArray())}; their motion goes to the bones beside them, or is left out.",
                    avatar));
        }
    }
}
