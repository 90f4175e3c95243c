namespace AvatarBridge
{
    /// <summary>How late frames come, with the past forgotten slowly; quantiles of it.</summary>
    internal sealed class LatenessHistogram
    {
        const int Bins = 256;
        const double BinSeconds = 0.001;
        // A frame's share halves after about 140 later ones: some seconds at camera rates.
        const float Retention = 0.995f;

        readonly float[] _bins = new float[Bins];
        float _total;

        public void Clear()
        {
            System.Array.Clear(_bins, 0, Bins);
            _total = 0;
        }

        public void Add(double latenessSeconds)
        {
            for (var i = 0; i < Bins; i++) _bins[i] *= Retention;
            var bin = (int)(latenessSeconds / BinSeconds);
            _bins[bin < 0 ? 0 : bin >= Bins ? Bins - 1 : bin] += 1;
            _total = _total * Retention + 1;
        }

        /// <summary>The lateness in seconds that this share (0 to 1) of frames does not exceed.</summary>
        public double Quantile(float share)
        {
            var sought = _total * share;
            var sum = 0f;
            for (var i = 0; i < Bins; i++)
            {
                sum += _bins[i];
                if (sum >= sought) return i == 0 ? 0 : (i + 1) * BinSeconds;
            }
            return Bins * BinSeconds;
        }
    }
}
