namespace AvatarBridge
{
    /// <summary>The usual time between frames; a median, so that lost frames do not stretch it.</summary>
    internal sealed class IntervalMedian
    {
        const int Length = 15;
        const double InitialSeconds = 1 / 30.0; // the commonest camera rate

        readonly double[] _recent = new double[Length];
        readonly double[] _sorted = new double[Length];
        int _next, _count;

        public double Seconds { get; private set; } = InitialSeconds;

        public void Clear()
        {
            _next = _count = 0;
            Seconds = InitialSeconds;
        }

        public void Add(double seconds)
        {
            _recent[_next] = seconds;
            _next = (_next + 1) % Length;
            if (_count < Length) _count++;

            for (var i = 0; i < _count; i++)
            {
                var value = _recent[i];
                var place = i;
                for (; place > 0 && _sorted[place - 1] > value; place--) _sorted[place] = _sorted[place - 1];
                _sorted[place] = value;
            }
            Seconds = _sorted[_count / 2];
        }
    }
}
