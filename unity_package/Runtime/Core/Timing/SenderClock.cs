using System;

namespace AvatarBridge
{
    /// <summary>
    /// Aligns the sender's time to this machine's. The offset is the smallest seen of arrival minus
    /// sender time (the least delayed frame), over two windows in turn so that drift is followed.
    /// </summary>
    internal sealed class SenderClock
    {
        const double WindowSeconds = 2.5;
        // A sender that restarts or seeks; no network holds a datagram this long.
        const double JumpSeconds = 1.0;
        // Longer than any delay this side would buffer, several times in a row: the sender paused.
        const double PausedLateness = 0.25;
        const int PausedFrames = 8;
        const float JitterShare = 0.97f;

        readonly LatenessHistogram _lateness = new LatenessHistogram();
        readonly IntervalMedian _interval = new IntervalMedian();

        double _windowMin, _previousMin, _windowEnd;
        double _lastTime;
        int _lateRun;

        public bool IsSet { get; private set; }

        /// <summary>Add to the sender's time to get this machine's, seconds.</summary>
        public double Offset => Math.Min(_windowMin, _previousMin);

        /// <summary>How late 97 of 100 frames are at most, seconds.</summary>
        public double Jitter => _lateness.Quantile(JitterShare);

        public double Interval => _interval.Seconds;

        public void Reset()
        {
            IsSet = false;
            _lateness.Clear();
            _interval.Clear();
            _lateRun = 0;
        }

        /// <summary>Whether this frame cannot belong to the time line known so far.</summary>
        public bool IsJump(double senderTime, double arrival) =>
            IsSet && Math.Abs(arrival - senderTime - Offset) > JumpSeconds;

        /// <summary>
        /// Learns from one frame. Returns false when the sender seems to have paused and the time
        /// line should be begun anew.
        /// </summary>
        public bool Observe(double senderTime, double arrival)
        {
            var offset = arrival - senderTime;
            if (!IsSet)
            {
                IsSet = true;
                _windowMin = _previousMin = offset;
                _windowEnd = arrival + WindowSeconds;
                _lastTime = senderTime;
                return true;
            }
            if (arrival >= _windowEnd)
            {
                _previousMin = _windowMin;
                _windowMin = offset;
                _windowEnd = arrival + WindowSeconds;
            }
            _windowMin = Math.Min(_windowMin, offset);

            var lateness = offset - Offset;
            _lateness.Add(lateness);
            if (senderTime > _lastTime)
            {
                _interval.Add(senderTime - _lastTime);
                _lastTime = senderTime;
            }
            _lateRun = lateness > PausedLateness ? _lateRun + 1 : 0;
            return _lateRun < PausedFrames;
        }
    }
}
