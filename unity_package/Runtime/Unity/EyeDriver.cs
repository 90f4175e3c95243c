using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// Aims the eyes within the angles that suit the avatar. Stylised eyes are wide and flat and
    /// want less than a human's; takes over the eyes from the Humanoid Driver beside it.
    /// </summary>
    [AddComponentMenu("Avatar Bridge/Eye Driver")]
    [DisallowMultipleComponent]
    public sealed class EyeDriver : MonoBehaviour
    {
        [Tooltip("Found in the scene when empty.")]
        [SerializeField] AvatarBridgeReceiver _receiver = null;
        [Tooltip("The humanoid eye bones when empty. Any transforms that turn the eyes will do.")]
        [SerializeField] Transform _leftEye = null;
        [SerializeField] Transform _rightEye = null;
        [Range(0, 3)]
        [SerializeField] float _gain = 1;
        [Tooltip("Degrees to each side.")]
        [Range(0, 60)]
        [SerializeField] float _maxYaw = 30;
        [Tooltip("Degrees up and down.")]
        [Range(0, 60)]
        [SerializeField] float _maxPitch = 20;

        RigBone _left, _right;

        public AvatarBridgeReceiver Receiver { get => _receiver; set => _receiver = value; }
        public float Gain { get => _gain; set => _gain = Mathf.Max(0, value); }
        public float MaxYaw { get => _maxYaw; set => _maxYaw = value; }
        public float MaxPitch { get => _maxPitch; set => _maxPitch = value; }
        public Transform LeftEye { get => _leftEye; set => _leftEye = value; }
        public Transform RightEye { get => _rightEye; set => _rightEye = value; }

        /// <summary>Whether there is an eye to turn.</summary>
        public bool IsDriving => isActiveAndEnabled && (_left != null || _right != null);

        /// <summary>Finds the eyes and how they rest; needed after changing them by script.</summary>
        public void Capture()
        {
            var animator = GetComponentInParent<Animator>();
            if (animator == null) return;
            var isHuman = HumanoidRig.FaultOf(animator) == null;
            if (_leftEye == null && isHuman) _leftEye = animator.GetBoneTransform(HumanBodyBones.LeftEye);
            if (_rightEye == null && isHuman) _rightEye = animator.GetBoneTransform(HumanBodyBones.RightEye);
            var pose = new TPose(animator);
            _left = Bind(BodyBone.LeftEye, _leftEye, pose);
            _right = Bind(BodyBone.RightEye, _rightEye, pose);
        }

        static RigBone Bind(BodyBone bone, Transform eye, TPose pose) =>
            eye == null ? null : new RigBone(bone, eye, new[] { bone }, pose);

        void OnEnable()
        {
            if (_receiver == null) _receiver = SceneSearch.First<AvatarBridgeReceiver>();
            Capture();
        }

        void LateUpdate()
        {
            if (_receiver != null && _receiver.IsOpen) Apply(_receiver.Pose, _receiver.Presence);
        }

        internal void Apply(PoseState pose, float presence)
        {
            Aim(_left, pose, presence);
            Aim(_right, pose, presence);
        }

        void Aim(RigBone eye, PoseState pose, float presence)
        {
            if (eye == null || !pose.Has(eye.Bone)) return;
            var gaze = pose.Rotations[(int)eye.Bone].ToEngine() * Vector3.forward;
            // Positive pitch looks down in Unity.
            var pitch = -Mathf.Asin(Mathf.Clamp(gaze.y, -1, 1)) * Mathf.Rad2Deg * _gain;
            var yaw = Mathf.Atan2(gaze.x, gaze.z) * Mathf.Rad2Deg * _gain;
            eye.Write(Quaternion.Euler(
                Mathf.Clamp(pitch, -_maxPitch, _maxPitch) * presence,
                Mathf.Clamp(yaw, -_maxYaw, _maxYaw) * presence, 0));
        }
    }
}
