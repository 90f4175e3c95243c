using UnityEngine;

namespace AvatarBridge.Samples
{
    /// <summary>What the camera shows behind the avatar: nothing (for transparency) or one colour (to key out).</summary>
    [RequireComponent(typeof(Camera))]
    public sealed class TransparentBackground : MonoBehaviour
    {
        enum Kind { Transparent, ChromaKey }

        [SerializeField] Kind _kind = Kind.Transparent;
        [SerializeField] Color _key = new Color(0, 1, 0);

        void OnEnable() => Apply();

        void OnValidate() => Apply();

        void Apply()
        {
            var camera = GetComponent<Camera>();
            camera.clearFlags = CameraClearFlags.SolidColor;
            // Black, not white: half transparent edges keep the avatar's own colour.
            camera.backgroundColor = _kind == Kind.Transparent ? new Color(0, 0, 0, 0) : _key;
            // An HDR target of the Built-in pipeline has no alpha channel on some devices.
            if (_kind == Kind.Transparent) camera.allowHDR = false;
        }
    }
}
