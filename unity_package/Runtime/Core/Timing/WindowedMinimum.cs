using System;

namespace AvatarBridge
{
    /// <summary>The least value of the last seconds, over two windows in turn so that drift is followed.</summary>
    internal sealed class WindowedMinimum
    {
        const double WindowSeconds = 2.5;

        double _current, _previous, _end;

        public double Value => Math.Min(_current, _previous);

        public void Begin(double value, double now)
        {
            _current = _previous = value;
            _end = now + WindowSeconds;
        }

        public void Add(double value, double now)
        {
            if (now >= _end)
            {
                _previous = _current;
                _current = value;
                _end = now + WindowSeconds;
            }
            _current = Math.Min(_current, value);
        }
    }
}
