namespace AvatarBridge
{
    /// <summary>Latency as the daemon tells it on the vendor branch /VMC/Thru/avatarbridge.</summary>
    internal sealed class SenderReadouts
    {
        // Times are Unix milliseconds cut to 31 bits, so a difference is taken modulo 2^31.
        const int Mask = int.MaxValue;
        const int MaxLatencyMilliseconds = 60 * 1000;

        int _captureMilliseconds;
        bool _hasCapture;

        /// <summary>Capture to sending, seconds; 0 when not told.</summary>
        public float Latency { get; private set; }

        /// <summary>False when a known address carries wrong arguments; other vendors' data passes.</summary>
        public bool Read(ref OscMessage message)
        {
            var address = message.Address;
            if (address.Matches(VmcAddress.ThruCapture))
            {
                _hasCapture = message.TryReadString(out _) && message.TryReadInt(out _captureMilliseconds);
                return _hasCapture;
            }
            if (address.Matches(VmcAddress.ThruSend)) return ReadSend(ref message);
            if (address.Matches(VmcAddress.ThruLatency)) return ReadLatency(ref message);
            return true;
        }

        bool ReadSend(ref OscMessage message)
        {
            if (!message.TryReadString(out _) || !message.TryReadInt(out var sent)) return false;
            if (!_hasCapture) return true; // its pair was lost
            _hasCapture = false;
            var spent = unchecked(sent - _captureMilliseconds) & Mask;
            if (spent <= MaxLatencyMilliseconds) Latency = spent / 1000f;
            return true;
        }

        bool ReadLatency(ref OscMessage message)
        {
            if (!message.TryReadString(out _) || !message.TryReadFloat(out var seconds)) return false;
            if (!(seconds >= 0 && seconds * 1000 <= MaxLatencyMilliseconds)) return false;
            Latency = seconds;
            return true;
        }
    }
}
