using System;

namespace AvatarBridge
{
    /// <summary>
    /// Aligns the sender's time to this machine's. The offset is the smallest seen of arrival minus
    /// sender time: the least delayed frame.
    /// </summary>
    internal sealed class SenderClock
    {
        // A sender that restarts or seeks; no network holds a datagram this long.
        const double JumpSeconds = 1.0;
        // Longer than any delay this side would buffer, several times in a row: the sender paused.
        const double PausedLateness = 0.25;
        const int PausedFrames = 8;
        const float JitterShare = 0.97f;

        readonly LatenessHistogram _lateness = new LatenessHistogram();
        readonly IntervalMedian _interval = new IntervalMedian();

        readonly WindowedMinimum _first = new WindowedMinimum();
        readonly WindowedMinimum _whole = new WindowedMinimum();

        double _lastTime;
        int _lateRun;

        public bool IsSet { get; private set; }

        /// <summary>Add to the sender's time to get this machine's when a frame is whole at best, seconds.</summary>
        public double Offset => _whole.Value;

        /// <summary>The same for the first part of a frame: nothing of it comes earlier.</summary>
        public double FirstOffset => _first.Value;

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
        public bool Observe(double senderTime, double firstArrival, double lastArrival)
        {
            var offset = lastArrival - senderTime;
            if (!IsSet)
            {
                IsSet = true;
                _first.Begin(firstArrival - senderTime, lastArrival);
                _whole.Begin(offset, lastArrival);
                _lastTime = senderTime;
                return true;
            }
            _first.Add(firstArrival - senderTime, lastArrival);
            _whole.Add(offset, lastArrival);

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
