using System;

namespace AvatarBridge
{
    /// <summary>How the stream is read; copied from the component every frame.</summary>
    internal struct StreamSettings
    {
        public BufferMode Mode;
        /// <summary>Seconds: the delay itself in Fixed, its upper bound in Adaptive.</summary>
        public float Delay;
        /// <summary>Seconds without a frame after which the stream counts as lost.</summary>
        public float Timeout;
        public float FadeSeconds;
        public Smoothing Smoothing;
    }

    /// <summary>
    /// One sender's stream: datagrams go in on the receiving thread, the pose of any moment comes
    /// out on the main thread. Neither holds the lock for more than some tens of microseconds.
    /// </summary>
    internal sealed class LiveStream
    {
        // Longest a frame may wait for its Blend/Apply, which may be lost or never sent.
        const double GraceSeconds = 0.010;
        // Timer grain of operating systems, so that the next frame is there when it is needed.
        const double MarginSeconds = 0.002;
        // One gap in a hundred may be bridged by extrapolation instead of waiting.
        const float AcceptedRisk = 0.01f;
        const float MaxLossReserved = 0.5f;
        const float MaxStepSeconds = 0.25f;

        readonly object _gate = new object();
        readonly JitterBuffer _buffer = new JitterBuffer();
        readonly SenderClock _clock = new SenderClock();
        readonly NameTable _names = new NameTable();
        readonly VmcAssembler _assembler;
        readonly Playout _playout = new Playout();
        readonly PoseState _target = new PoseState();
        readonly PoseFilter _filter;
        readonly Presence _presence = new Presence();

        double _lastSample = double.NegativeInfinity;
        long _restarts;
        double _delay;

        public LiveStream()
        {
            _assembler = new VmcAssembler(_buffer, _clock, _names);
            _filter = new PoseFilter(Pose);
        }

        /// <summary>The pose as it came, filtered; fading is the driver's, by Presence.</summary>
        public PoseState Pose { get; } = new PoseState();

        public NameTable Names => _names;

        /// <summary>1 while live, falling to 0 when lost.</summary>
        public float PresenceValue => _presence.Value;

        /// <summary>The sender's time of the pose shown, seconds.</summary>
        public double ShownTime { get; private set; }

        /// <summary>The sequence of the newest frame shown, or PoseFrame.NoSequence.</summary>
        public long ShownSequence { get; private set; } = PoseFrame.NoSequence;

        /// <summary>On the receiving thread.</summary>
        public void Ingest(byte[] datagram, int length, double now)
        {
            lock (_gate) _assembler.Read(datagram, length, now);
        }

        /// <summary>On the main thread, once a frame.</summary>
        public StreamStatus Sample(double now, StreamSettings settings)
        {
            var elapsed = (float)Math.Max(0, Math.Min(MaxStepSeconds, now - _lastSample));
            _lastSample = now;
            StreamStatus status;
            lock (_gate)
            {
                Interpolate(now, settings);
                status = ReadStatus(now, settings.Timeout);
            }
            if (status.Link == LinkState.Live && !Pose.HasAnyBone) _presence.Arrive();
            _filter.Step(_target, settings.Smoothing, elapsed);
            _presence.Step(status.Link == LinkState.Live, settings.FadeSeconds, elapsed);
            return status;
        }

        void Interpolate(double now, StreamSettings settings)
        {
            if (_restarts != _assembler.Counters.Restarts)
            {
                _restarts = _assembler.Counters.Restarts;
                _playout.Reset();
            }
            var count = VisibleCount(now);
            if (count == 0) return;
            _delay = Delay(settings);
            var newest = _buffer[count - 1];
            var time = settings.Mode == BufferMode.Off
                ? newest.Time
                : _playout.Advance(now, now - _clock.Offset - _delay);
            _target.WeightCount = _names.Count;
            Interpolator.Sample(_buffer, count, time, _target);
            ShownTime = time;
            ShownSequence = newest.Sequence;
        }

        double Delay(StreamSettings settings)
        {
            switch (settings.Mode)
            {
                case BufferMode.Fixed: return settings.Delay;
                case BufferMode.Adaptive:
                    return Math.Min(settings.Delay, _clock.Interval * Reserve() + _clock.Jitter + MarginSeconds);
                default: return 0;
            }
        }

        /// <summary>Intervals after which a successor has come with all but a small risk of loss.</summary>
        double Reserve()
        {
            var loss = Math.Min(MaxLossReserved, _assembler.LossShare);
            return loss <= AcceptedRisk ? 1 : Math.Log(AcceptedRisk) / Math.Log(loss);
        }

        int VisibleCount(double now)
        {
            var newest = _buffer.Newest;
            if (newest == null) return 0;
            var whole = newest.Applied || now - newest.FirstArrival > GraceSeconds;
            return whole ? _buffer.Count : _buffer.Count - 1;
        }

        StreamStatus ReadStatus(double now, float timeout)
        {
            var counters = _assembler.Counters;
            var since = now - _assembler.LastDataArrival;
            var known = !double.IsInfinity(since);
            return new StreamStatus
            {
                Link = !known ? LinkState.Waiting : since <= timeout ? LinkState.Live : LinkState.Lost,
                FramesPerSecond = known && since <= timeout && counters.Frames > 1 ? (float)(1 / _clock.Interval) : 0,
                Jitter = (float)_clock.Jitter,
                BufferDelay = (float)_delay,
                SenderLatency = _assembler.SenderLatency,
                Loss = _assembler.LossShare,
                SecondsSinceFrame = known ? (float)since : 0,
                Tracking = !_assembler.Sender.Known || _assembler.Sender.Tracking,
                Calibrated = _assembler.Sender.Calibration == SenderState.Calibrated,
                Datagrams = counters.Datagrams,
                Bytes = counters.Bytes,
                Frames = counters.Frames,
                LostFrames = counters.Lost,
                PartialFrames = counters.Partial,
                LateFrames = counters.Late,
                Malformed = counters.Malformed,
                Rejected = counters.Rejected,
                Restarts = counters.Restarts,
            };
        }
    }
}
