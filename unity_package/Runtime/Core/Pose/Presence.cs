using System;

namespace AvatarBridge
{
    /// <summary>1 while frames come; falls to 0 when they stop for too long, and rises again.</summary>
    internal sealed class Presence
    {
        // Back quickly: the performer is there, and waiting for the avatar looks like a fault.
        const float ReturnSeconds = 0.25f;

        float _linear;

        /// <summary>0 to 1, eased at both ends.</summary>
        public float Value => _linear * _linear * (3 - 2 * _linear);

        public void Step(bool live, float fadeSeconds, float elapsedSeconds)
        {
            var span = live ? ReturnSeconds : fadeSeconds;
            var step = span <= 0 ? 1 : elapsedSeconds / span;
            _linear = Math.Max(0, Math.Min(1, _linear + (live ? step : -step)));
        }

        /// <summary>The first frame ever: shown at once.</summary>
        public void Arrive() => _linear = 1;
    }
}
