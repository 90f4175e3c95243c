using System;

namespace AvatarBridge
{
    /// <summary>
    /// The moment of the sender's time that is shown now. It follows its target by running a little
    /// faster or slower, so that a change of delay is never seen as a jump, and never goes back.
    /// </summary>
    internal sealed class Playout
    {
        // Motion 8 % faster or slower is not noticed.
        const double MaxRateChange = 0.08;
        const double SnapSeconds = 0.3;

        double _lastNow;
        bool _running;

        public double Position { get; private set; }

        public void Reset() => _running = false;

        public double Advance(double now, double target)
        {
            var elapsed = Math.Max(0, now - _lastNow);
            _lastNow = now;
            var error = target - (Position + elapsed);
            if (!_running || Math.Abs(error) > SnapSeconds)
            {
                _running = true;
                Position = target;
                return Position;
            }
            var limit = elapsed * MaxRateChange;
            Position += elapsed + Math.Max(-limit, Math.Min(limit, error));
            return Position;
        }
    }
}
