namespace AvatarBridge
{
    /// <summary>The latest frames in the order of the sender's time, in slots that are used again.</summary>
    internal sealed class JitterBuffer
    {
        // Half a second at 120 frames a second, twice the longest delay that is allowed.
        public const int Capacity = 64;

        readonly PoseFrame[] _frames = new PoseFrame[Capacity];

        public JitterBuffer()
        {
            for (var i = 0; i < Capacity; i++) _frames[i] = new PoseFrame();
        }

        public int Count { get; private set; }

        /// <summary>Oldest first.</summary>
        public PoseFrame this[int index] => _frames[index];

        public PoseFrame Newest => Count > 0 ? _frames[Count - 1] : null;

        public void Clear() => Count = 0;

        public PoseFrame Find(double time)
        {
            for (var i = Count - 1; i >= 0 && _frames[i].Time >= time; i--)
                if (_frames[i].Time == time) return _frames[i];
            return null;
        }

        /// <summary>
        /// A fresh frame at its place in time; the oldest makes room. Null when the buffer is full
        /// of newer ones.
        /// </summary>
        public PoseFrame Insert(double time, double arrival)
        {
            var place = Count;
            while (place > 0 && _frames[place - 1].Time > time) place--;

            PoseFrame frame;
            if (Count == Capacity)
            {
                if (place == 0) return null;
                frame = _frames[0];
                place--;
                for (var i = 0; i < place; i++) _frames[i] = _frames[i + 1];
            }
            else
            {
                frame = _frames[Count];
                for (var i = Count; i > place; i--) _frames[i] = _frames[i - 1];
                Count++;
            }
            _frames[place] = frame;
            frame.Begin(time, arrival);
            return frame;
        }
    }
}
