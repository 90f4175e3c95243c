using System;

namespace AvatarBridge
{
    /// <summary>
    /// Turns messages into frames of the jitter buffer. A frame is everything under one /VMC/Ext/T,
    /// however it was cut into datagrams; for senders without /T it ends when a bone comes again.
    /// </summary>
    internal sealed class VmcAssembler : IOscSink
    {
        // A sender that gave /T within this time gives it with each frame.
        const double TimedSeconds = 1;
        // Farther back than any reordering: the sender began again.
        const double RestartSeconds = 1;
        const float MaxPositionMetres = 1000;

        readonly JitterBuffer _buffer;
        readonly SenderClock _clock;
        readonly NameTable _names;
        readonly LossMeter _loss = new LossMeter();
        readonly SenderReadouts _readouts = new SenderReadouts();
        readonly FrameFiller _filler;

        PoseFrame _frame;
        double _arrival;
        double _lastTimeArrival = double.NegativeInfinity;
        bool _timeInDatagram;

        public VmcAssembler(JitterBuffer buffer, SenderClock clock, NameTable names)
        {
            _buffer = buffer;
            _clock = clock;
            _names = names;
            _filler = new FrameFiller(buffer, clock);
        }

        public StreamCounters Counters;
        public SenderState Sender { get; private set; }
        /// <summary>Capture to sending, as told by the daemon, seconds; 0 when not told.</summary>
        public float SenderLatency => _readouts.Latency;
        public float LossShare => _loss.Share;
        /// <summary>When a bone, root or expression last came, seconds; minus infinity before the first.</summary>
        public double LastDataArrival { get; private set; } = double.NegativeInfinity;

        bool IsTimed => _arrival - _lastTimeArrival <= TimedSeconds;

        public void Read(byte[] datagram, int length, double arrival)
        {
            _arrival = arrival;
            _timeInDatagram = false;
            Counters.Datagrams++;
            Counters.Bytes += length;
            if (!OscPacket.Read(datagram, length, this)) Counters.Malformed++;
        }

        public void Reset()
        {
            _frame = null;
            _lastTimeArrival = double.NegativeInfinity;
            _buffer.Clear();
            _filler.Reset();
            _clock.Reset();
            _loss.Reset();
        }

        public void Accept(ref OscMessage message)
        {
            Counters.Messages++;
            var address = message.Address;
            if (address.Matches(VmcAddress.Bone)) Count(ReadBone(ref message));
            else if (address.Matches(VmcAddress.BlendValue)) Count(ReadBlend(ref message));
            else if (address.Matches(VmcAddress.Time)) Count(ReadTime(ref message));
            else if (address.Matches(VmcAddress.BlendApply)) Apply();
            else if (address.Matches(VmcAddress.Root)) Count(ReadRoot(ref message));
            else if (address.Matches(VmcAddress.Available)) Count(ReadAvailable(ref message));
            else if (address.StartsWith(VmcAddress.Thru)) Count(ReadThru(ref message));
            else Counters.Ignored++;
        }

        void Count(bool accepted)
        {
            if (!accepted) Counters.Rejected++;
        }

        bool ReadBone(ref OscMessage message)
        {
            if (!message.TryReadString(out var name)) return false;
            var bone = BoneTable.Find(name);
            if (bone == BodyBone.None || !TryReadPose(ref message, out var position, out var rotation))
                return false;
            var frame = Current(_frame != null && _frame.Has(bone));
            if (frame == null) return true; // too late to be shown, and counted as such
            if (IsTimed && !_timeInDatagram) _filler.Place(frame, bone, rotation, _arrival);
            else frame.Set(bone, rotation);
            if (bone == BodyBone.Hips) frame.SetHips(position);
            return true;
        }

        bool ReadBlend(ref OscMessage message)
        {
            if (!message.TryReadString(out var name) || !message.TryReadFloat(out var weight)) return false;
            if (!IsFinite(weight)) return false;
            var id = _names.Intern(name);
            if (id == NameTable.None) return false;
            var frame = Current(_frame != null && _frame.Applied && _frame.HasWeight(id));
            if (frame == null) return true;
            frame.SetWeight(id, Math.Max(0, Math.Min(1, weight)));
            return true;
        }

        bool ReadRoot(ref OscMessage message)
        {
            if (!message.TryReadString(out _)) return false;
            if (!TryReadPose(ref message, out var position, out var rotation)) return false;
            var frame = Current(_frame != null && _frame.HasRoot);
            if (frame == null) return true;
            frame.SetRoot(position, rotation);
            return true;
        }

        bool ReadTime(ref OscMessage message)
        {
            if (!message.TryReadFloat(out var time) || !IsFinite(time)) return false;
            var newest = _buffer.Newest;
            if (newest != null
                && (!IsTimed || time < newest.Time - RestartSeconds || _clock.IsJump(time, _arrival)))
                Restart();
            Begin(time);
            _lastTimeArrival = _arrival;
            _timeInDatagram = true;
            return true;
        }

        bool ReadAvailable(ref OscMessage message)
        {
            if (!message.TryReadInt(out var loaded)) return false;
            var state = new SenderState { Known = true, Loaded = loaded != 0, Calibration = -1, Tracking = true };
            if (message.TryReadInt(out var calibration))
            {
                state.Calibration = calibration;
                if (message.TrySkip() && message.TryReadInt(out var tracking)) state.Tracking = tracking != 0;
            }
            Sender = state;
            return true;
        }

        bool ReadThru(ref OscMessage message)
        {
            if (!message.Address.Matches(VmcAddress.ThruSequence)) return _readouts.Read(ref message);
            if (!message.TryReadString(out _) || !message.TryReadInt(out var sequence)) return false;
            if (_frame != null) _frame.Sequence = (uint)sequence;
            return true;
        }

        void Apply()
        {
            var frame = _frame == null ? null : Belonging();
            if (frame != null) frame.Applied = true;
        }

        /// <summary>The frame that data belongs to now; null when it is too old to be kept.</summary>
        PoseFrame Current(bool repeated)
        {
            // Without /T the arrival is the only time there is.
            if (!IsTimed && (_frame == null || repeated)) Begin(_arrival);
            LastDataArrival = _arrival;
            if (_frame == null) return null;
            var frame = Belonging();
            frame.LastArrival = _arrival;
            return frame;
        }

        PoseFrame Belonging() =>
            IsTimed && !_timeInDatagram ? _filler.Choose(_frame, _arrival) : _frame;

        void Begin(double time)
        {
            var same = _buffer.Find(time);
            if (same != null)
            {
                if (same != _buffer.Newest) Counters.Late++;
                _frame = same;
                return;
            }
            var newest = _buffer.Newest;
            if (newest != null && time < newest.Time) Counters.Late++;
            else if (_buffer.Count > 1) Finish(_buffer[_buffer.Count - 2], newest.Time);
            if (!_clock.IsSet) _clock.Observe(time, _arrival, _arrival);
            _frame = _buffer.Insert(time, _arrival);
            if (_frame != null && _frame == _buffer.Newest) _filler.Adopt(_frame);
        }

        /// <summary>The frame has two successors: nothing more of it is expected.</summary>
        void Finish(PoseFrame frame, double nextTime)
        {
            Counters.Frames++;
            var missing = _loss.Observe(frame, nextTime, _clock.Interval);
            Counters.Lost += missing.Frames;
            if (missing.Bones) Counters.Partial++;
            if (!_clock.Observe(frame.Time, frame.FirstArrival, frame.LastArrival)) Restart();
        }

        void Restart()
        {
            Reset();
            Counters.Restarts++;
        }

        static bool TryReadPose(ref OscMessage message, out Vec3 position, out Quat rotation)
        {
            rotation = Quat.Identity;
            position = default(Vec3);
            if (!message.TryReadFloat(out var px) || !message.TryReadFloat(out var py)
                || !message.TryReadFloat(out var pz) || !message.TryReadFloat(out var qx)
                || !message.TryReadFloat(out var qy) || !message.TryReadFloat(out var qz)
                || !message.TryReadFloat(out var qw))
                return false;
            if (!IsPlace(px) || !IsPlace(py) || !IsPlace(pz)) return false;
            position = new Vec3(px, py, pz);
            return Quat.TryNormalize(qx, qy, qz, qw, out rotation);
        }

        static bool IsFinite(float value) => !float.IsNaN(value) && !float.IsInfinity(value);

        // Written so that NaN fails too.
        static bool IsPlace(float metres) => Math.Abs(metres) <= MaxPositionMetres;
    }
}
