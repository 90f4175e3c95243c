using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// Turns the bones of a humanoid avatar as the receiver says. Any rig will do: rotations are
    /// taken from the T-pose that the Avatar describes, so the axes of its bones do not matter.
    /// </summary>
    [AddComponentMenu("Avatar Bridge/Humanoid Driver")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(Animator))]
    public sealed class HumanoidDriver : MonoBehaviour
    {
        /// <summary>Hip height of the daemon's own body in its T-pose, metres.</summary>
        public const float DefaultSenderHipsHeight = 0.952f;

        [Tooltip("Found in the scene when empty.")]
        [SerializeField] AvatarBridgeReceiver _receiver = null;

        [Header("What is driven")]
        [SerializeField] BodyParts _parts = BodyParts.All;
        [Range(0, 1)]
        [SerializeField] float _weight = 1;
        [SerializeField] PartWeights _partWeights = PartWeights.Full;

        [Header("How")]
        [SerializeField] DriveMode _mode = DriveMode.Override;
        [SerializeField] DriveTime _when = DriveTime.LateUpdate;
        [SerializeField] WhenLost _whenLost = WhenLost.Relax;
        [SerializeField] HipsMotion _hips = HipsMotion.Full;
        [Tooltip("Hip height in metres of the body that the sender moves; its hips' way is scaled by the avatar's own.")]
        [Min(0.01f)]
        [SerializeField] float _senderHipsHeight = DefaultSenderHipsHeight;

        HumanoidRig _rig;
        Animator _captured;
        EyeDriver _eyes;

        /// <summary>Why the avatar cannot be driven; empty when it can.</summary>
        public string Fault { get; private set; } = "";

        public AvatarBridgeReceiver Receiver { get => _receiver; set => _receiver = value; }
        public BodyParts Parts { get => _parts; set => _parts = value; }
        public float Weight { get => _weight; set => _weight = Mathf.Clamp01(value); }
        public PartWeights PartWeights { get => _partWeights; set => _partWeights = value; }
        public DriveMode Mode { get => _mode; set => _mode = value; }
        public DriveTime When { get => _when; set => _when = value; }
        public WhenLost WhenLost { get => _whenLost; set => _whenLost = value; }
        public HipsMotion Hips { get => _hips; set => _hips = value; }
        public float SenderHipsHeight { get => _senderHipsHeight; set => _senderHipsHeight = Mathf.Max(0.01f, value); }

        internal HumanoidRig Rig => _rig;

        /// <summary>Reads the rig anew; needed after the Animator's Avatar was exchanged.</summary>
        public void Capture()
        {
            _captured = GetComponent<Animator>();
            _eyes = GetComponent<EyeDriver>();
            _rig = HumanoidRig.Capture(_captured, out var fault);
            Fault = fault ?? "";
        }

        void OnEnable()
        {
            if (_receiver == null) _receiver = SceneSearch.First<AvatarBridgeReceiver>();
            Capture();
        }

        void Update()
        {
            if (_when == DriveTime.Update) Drive();
        }

        void LateUpdate()
        {
            if (_when == DriveTime.LateUpdate) Drive();
        }

        void Drive()
        {
            if (_receiver != null && _receiver.IsOpen) Apply(_receiver.Pose, _receiver.Presence);
        }

        internal void Apply(PoseState pose, float presence)
        {
            if (_rig == null || !pose.HasAnyBone) return;
            var hold = _whenLost == WhenLost.Hold ? 1 : presence;
            var share = Releases ? _weight * presence : _weight;
            foreach (var bone in _rig.Bones)
                if (IsDriven(bone.Part)) Turn(bone, pose, hold, share * _partWeights.Of(bone.Part));
            if (_hips != HipsMotion.None && pose.HasHips && IsDriven(BodyParts.Hips))
                MoveHips(pose, hold, share * _partWeights.hips);
        }

        // There is nothing to relax to on top of an animation.
        bool Releases => _whenLost == WhenLost.Release || (_whenLost == WhenLost.Relax && _mode == DriveMode.Additive);

        bool IsDriven(BodyParts part)
        {
            if ((_parts & part) == 0) return false;
            return part != BodyParts.Eyes || _eyes == null || !_eyes.IsDriving;
        }

        void Turn(RigBone bone, PoseState pose, float presence, float share)
        {
            var rotation = Quat.Identity;
            var known = false;
            foreach (var source in bone.Chain)
            {
                if (!pose.Has(source)) continue;
                known = true;
                rotation *= presence >= 1 || Releases
                    ? pose.Rotations[(int)source]
                    : Quat.Slerp(RestPose.Rotations[(int)source], pose.Rotations[(int)source], presence);
            }
            if (!known) return;

            var tracked = rotation.ToEngine();
            if (_mode == DriveMode.Additive)
                bone.Write(bone.Animated * Quaternion.Slerp(Quaternion.identity, tracked, share));
            else if (share >= 1)
                bone.Write(tracked);
            else
                bone.Write(Quaternion.Slerp(bone.Animated, tracked, share));
        }

        void MoveHips(PoseState pose, float presence, float share)
        {
            var target = _rig.Hips.Target(pose.HipsPosition.ToEngine(), _senderHipsHeight, _hips);
            if (!Releases) target = Vector3.Lerp(_rig.Hips.Rest, target, presence);
            _rig.Hips.Write(target, share);
        }
    }
}
