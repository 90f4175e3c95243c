using UnityEngine;
using UnityEngine.Events;

namespace AvatarBridge
{
    /// <summary>Who may send.</summary>
    public enum ListenScope
    {
        /// <summary>Programs on this computer only.</summary>
        ThisComputer,
        /// <summary>Any computer of the network, over IPv4 or IPv6.</summary>
        Network,
        /// <summary>Through the network interface of this IP address.</summary>
        Address,
    }

    /// <summary>Receives VMC over UDP and holds the pose that drivers apply to avatars.</summary>
    [AddComponentMenu("Avatar Bridge/Avatar Bridge Receiver")]
    [DefaultExecutionOrder(-200)] // the pose of this frame is there before any driver's Update
    [DisallowMultipleComponent]
    public sealed class AvatarBridgeReceiver : MonoBehaviour
    {
        const float MaxBufferSeconds = 0.25f;

        [Tooltip("Any humanoid avatar of the scene. Drivers that it lacks are added when play begins.")]
        [SerializeField] GameObject _avatar = null;

        [Header("Connection")]
        [SerializeField] ListenScope _listenOn = ListenScope.ThisComputer;
        [Tooltip("Used when Listen On is Address: the IP address of one of this computer's networks.")]
        [SerializeField] string _address = Endpoint.ThisComputer;
        [Tooltip("The UDP port to listen on; 39539 unless the sender is set otherwise.")]
        [SerializeField] int _port = Endpoint.DefaultPort;
        [Tooltip("Pass everything on to other programs, such as 127.0.0.1:39540.")]
        [SerializeField] string[] _forwardTo = new string[0];

        [Header("Timing")]
        [Tooltip("Adaptive waits as long as the network needs; Off shows each frame as it comes.")]
        [SerializeField] BufferMode _buffer = BufferMode.Adaptive;
        [Tooltip("Seconds. The delay when Buffer is Fixed, the most that Adaptive may take.")]
        [Range(0, MaxBufferSeconds)]
        [SerializeField] float _delay = 0.15f;
        [Tooltip("Seconds without data after which the sender counts as lost.")]
        [Range(0.1f, 10)]
        [SerializeField] float _timeout = 1;
        [Tooltip("Seconds from the last pose to the rest pose once the sender is lost.")]
        [Range(0, 5)]
        [SerializeField] float _fade = 1;

        [Header("Smoothing (time constants in seconds; 0 is none)")]
        [Range(0, 0.5f)] [SerializeField] float _bodySmoothing = 0;
        [Range(0, 0.5f)] [SerializeField] float _fingerSmoothing = 0;
        [Range(0, 0.5f)] [SerializeField] float _eyeSmoothing = 0;
        [Range(0, 0.5f)] [SerializeField] float _expressionSmoothing = 0;
        [Range(0, 0.5f)] [SerializeField] float _rootSmoothing = 0;

        [Header("Events")]
        [SerializeField] UnityEvent _connected = new UnityEvent();
        [SerializeField] UnityEvent _lost = new UnityEvent();
        [SerializeField] UnityEvent _calibrated = new UnityEvent();

        StreamLink _link;
        StreamStatus _status;
        string _openAddress;
        int _openPort;

        /// <summary>The latest reading of the stream.</summary>
        public StreamStatus Status => _status;

        /// <summary>Who sent last, "address:port"; empty before the first datagram.</summary>
        public string Sender => _link == null ? "" : _link.Sender;

        /// <summary>Why nothing can be received, or a forward target is unusable; empty when all is well.</summary>
        public string Fault => _link == null ? "" : _link.Fault;

        /// <summary>1 while frames come, falling to 0 when they stop.</summary>
        public float Presence => _link == null ? 0 : _link.Stream.PresenceValue;

        public UnityEvent Connected => _connected;
        public UnityEvent Lost => _lost;
        /// <summary>Raised when the sender reports that calibration is done.</summary>
        public UnityEvent Calibrated => _calibrated;

        public GameObject Avatar { get => _avatar; set => _avatar = value; }

        /// <summary>The UDP port; a change while playing opens the new one.</summary>
        public int Port { get => _port; set => _port = value; }

        public ListenScope ListenOn { get => _listenOn; set => _listenOn = value; }
        public BufferMode Buffer { get => _buffer; set => _buffer = value; }

        /// <summary>Seconds, 0 to 0.25.</summary>
        public float Delay { get => _delay; set => _delay = Mathf.Clamp(value, 0, MaxBufferSeconds); }

        /// <summary>One time constant in seconds for body, fingers, eyes, expressions and root.</summary>
        public void SetSmoothing(float seconds) =>
            _bodySmoothing = _fingerSmoothing = _eyeSmoothing = _expressionSmoothing = _rootSmoothing = Mathf.Max(0, seconds);

        /// <summary>The local rotation of a bone from the T-pose of a normalised rig; false when never sent.</summary>
        public bool TryGetRotation(HumanBodyBones bone, out Quaternion rotation)
        {
            rotation = Quaternion.identity;
            if (_link == null || (int)bone < 0 || (int)bone >= BoneTable.Count) return false;
            rotation = Pose.Rotations[(int)bone].ToEngine();
            return Pose.Has((BodyBone)bone);
        }

        /// <summary>How many expressions the sender has named so far.</summary>
        public int ExpressionCount => _link == null ? 0 : Pose.WeightCount;

        public string ExpressionName(int index) => _link.Stream.Names[index];

        /// <summary>0 to 1.</summary>
        public float ExpressionWeight(int index) => Pose.Weights[index];

        internal PoseState Pose => _link.Stream.Pose;
        internal NameTable Names => _link.Stream.Names;
        internal LiveStream Stream => _link?.Stream;
        internal bool IsOpen => _link != null;

        void OnEnable()
        {
            Open();
            if (_avatar != null) AvatarSetup.AddMissingDrivers(_avatar, this);
        }

        void OnDisable()
        {
            _link?.Dispose();
            _link = null;
            _status = default(StreamStatus);
        }

        void Update()
        {
            if (_link == null || _openPort != _port || _openAddress != BindAddress()) Open();
            var before = _status;
            _status = _link.Sample(MonotonicClock.Now, Settings());
            if (_status.Link == LinkState.Live && before.Link != LinkState.Live) _connected.Invoke();
            if (_status.Link == LinkState.Lost && before.Link == LinkState.Live) _lost.Invoke();
            if (_status.Calibrated && !before.Calibrated) _calibrated.Invoke();
        }

        void Open()
        {
            _link?.Dispose();
            _openAddress = BindAddress();
            _openPort = _port;
            _link = new StreamLink(_openAddress, _port, _forwardTo);
        }

        string BindAddress()
        {
            switch (_listenOn)
            {
                case ListenScope.ThisComputer: return Endpoint.ThisComputer;
                case ListenScope.Network: return Endpoint.AnyForThisMachine;
                default: return _address;
            }
        }

        StreamSettings Settings() => new StreamSettings
        {
            Mode = _buffer,
            Delay = _delay,
            Timeout = _timeout,
            FadeSeconds = _fade,
            Smoothing = new Smoothing
            {
                Body = _bodySmoothing,
                Fingers = _fingerSmoothing,
                Eyes = _eyeSmoothing,
                Expressions = _expressionSmoothing,
                Root = _rootSmoothing,
            },
        };
    }
}
