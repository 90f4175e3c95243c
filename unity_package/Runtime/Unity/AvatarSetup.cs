using System;
using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Puts on an avatar the drivers it lacks; used when play begins and by the editor's menu.</summary>
    public static class AvatarSetup
    {
        static readonly List<Func<GameObject, ExpressionDriver>> FaceDrivers = new List<Func<GameObject, ExpressionDriver>>();

        /// <summary>
        /// Makes a face driver of another kind known. It returns the driver it added to the object,
        /// or null when the avatar is not its kind; it is asked before the Blend Shape Driver is taken.
        /// </summary>
        public static void RegisterFaceDriver(Func<GameObject, ExpressionDriver> tryAdd)
        {
            if (!FaceDrivers.Contains(tryAdd)) FaceDrivers.Add(tryAdd);
        }

        /// <summary>Adds a Humanoid Driver, and a driver of the face, where there is none.</summary>
        public static void AddMissingDrivers(GameObject avatar, AvatarBridgeReceiver receiver)
        {
            var animator = avatar.GetComponentInChildren<Animator>();
            if (animator != null && animator.GetComponent<HumanoidDriver>() == null)
                animator.gameObject.AddComponent<HumanoidDriver>().Receiver = receiver;
            if (avatar.GetComponentInChildren<ExpressionDriver>() == null) AddFaceDriver(avatar, receiver);
        }

        /// <summary>Adds the driver that suits the avatar's face; none to an avatar that cannot move it.</summary>
        public static void AddFaceDriver(GameObject avatar, AvatarBridgeReceiver receiver)
        {
            ExpressionDriver driver = null;
            foreach (var tryAdd in FaceDrivers)
            {
                driver = tryAdd(avatar);
                if (driver != null) break;
            }
            if (driver == null && HasBlendShapes(avatar)) driver = avatar.AddComponent<BlendShapeDriver>();
            if (driver != null) driver.Receiver = receiver;
        }

        public static bool HasBlendShapes(GameObject avatar)
        {
            foreach (var mesh in avatar.GetComponentsInChildren<SkinnedMeshRenderer>(true))
                if (mesh.sharedMesh != null && mesh.sharedMesh.blendShapeCount > 0) return true;
            return false;
        }
    }
}
