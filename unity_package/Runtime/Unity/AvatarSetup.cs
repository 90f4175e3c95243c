using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Puts on an avatar the drivers it lacks; used when play begins and by the editor's menu.</summary>
    public static class AvatarSetup
    {
        /// <summary>Adds a Humanoid Driver, and a Blend Shape Driver unless another drives the face.</summary>
        public static void AddMissingDrivers(GameObject avatar, AvatarBridgeReceiver receiver)
        {
            var animator = avatar.GetComponentInChildren<Animator>();
            var host = animator != null ? animator.gameObject : avatar;
            if (animator != null && host.GetComponent<HumanoidDriver>() == null)
                host.AddComponent<HumanoidDriver>().Receiver = receiver;
            if (avatar.GetComponentInChildren<ExpressionDriver>() == null && HasBlendShapes(avatar))
                host.AddComponent<BlendShapeDriver>().Receiver = receiver;
        }

        public static bool HasBlendShapes(GameObject avatar)
        {
            foreach (var mesh in avatar.GetComponentsInChildren<SkinnedMeshRenderer>(true))
                if (mesh.sharedMesh != null && mesh.sharedMesh.blendShapeCount > 0) return true;
            return false;
        }
    }
}
