using System.Diagnostics;

namespace AvatarBridge
{
    /// <summary>Seconds that never go back, the same on every thread.</summary>
    internal static class MonotonicClock
    {
        public static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }
}
