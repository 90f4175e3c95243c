namespace AvatarBridge
{
    /// <summary>How much delay is traded for smoothness.</summary>
    public enum BufferMode
    {
        /// <summary>One frame interval plus the jitter that is measured; follows the network.</summary>
        Adaptive,
        /// <summary>Always the delay that is set.</summary>
        Fixed,
        /// <summary>The newest frame at once, as it came.</summary>
        Off,
    }
}
