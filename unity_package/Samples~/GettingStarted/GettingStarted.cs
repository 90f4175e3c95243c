using UnityEngine;

namespace AvatarBridge.Samples
{
    /// <summary>
    /// Put this on an empty object of an empty scene and press Play: it makes a humanoid, a receiver,
    /// and where there is no camera a camera and a light.
    /// </summary>
    public sealed class GettingStarted : MonoBehaviour
    {
        [Tooltip("Used for the boxes; the pipeline's own default when empty.")]
        [SerializeField] Material _material = null;

        void Start()
        {
            var avatar = PrimitiveHumanoid.Create(_material);
            var receiver = GetComponent<AvatarBridgeReceiver>();
            if (receiver == null) receiver = gameObject.AddComponent<AvatarBridgeReceiver>();
            if (receiver.Avatar == null) receiver.Avatar = avatar;
            AvatarSetup.AddMissingDrivers(avatar, receiver);
            if (Camera.main != null) return;
            AddCamera();
            AddLight();
        }

        static void AddCamera()
        {
            var holder = new GameObject("Camera") { tag = "MainCamera" };
            var camera = holder.AddComponent<Camera>();
            camera.fieldOfView = 35;
            // In front of the avatar, which faces +Z, and looking back at it.
            holder.transform.SetPositionAndRotation(new Vector3(0, 1.1f, 3.2f), Quaternion.Euler(0, 180, 0));
        }

        static void AddLight()
        {
            var holder = new GameObject("Light");
            holder.AddComponent<Light>().type = LightType.Directional;
            holder.transform.rotation = Quaternion.Euler(45, 150, 0);
        }
    }
}
