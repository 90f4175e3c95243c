using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Moves a transform as the sender moves its root, from where the transform stood.</summary>
    [AddComponentMenu("Avatar Bridge/Root Driver")]
    [DisallowMultipleComponent]
    public sealed class RootDriver : MonoBehaviour
    {
        [Tooltip("Found in the scene when empty.")]
        [SerializeField] AvatarBridgeReceiver _receiver = null;
        [SerializeField] bool _position = true;
        [SerializeField] bool _rotation = true;
        [Tooltip("Metres of the avatar for a metre of the sender.")]
        [SerializeField] float _scale = 1;

        Vector3 _startPosition;
        Quaternion _startRotation = Quaternion.identity;

        public AvatarBridgeReceiver Receiver { get => _receiver; set => _receiver = value; }
        public float Scale { get => _scale; set => _scale = value; }

        void OnEnable()
        {
            if (_receiver == null) _receiver = SceneSearch.First<AvatarBridgeReceiver>();
            Capture();
        }

        /// <summary>Takes the transform's present place as the sender's origin.</summary>
        public void Capture()
        {
            _startPosition = transform.localPosition;
            _startRotation = transform.localRotation;
        }

        void LateUpdate()
        {
            if (_receiver != null && _receiver.IsOpen) Apply(_receiver.Pose);
        }

        internal void Apply(PoseState pose)
        {
            if (!pose.HasRoot) return;
            if (_position)
                transform.localPosition = _startPosition + _startRotation * (pose.RootPosition.ToEngine() * _scale);
            if (_rotation) transform.localRotation = _startRotation * pose.RootRotation.ToEngine();
        }
    }
}
