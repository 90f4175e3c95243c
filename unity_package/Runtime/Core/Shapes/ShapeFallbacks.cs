namespace AvatarBridge
{
    /// <summary>What stands in for an ARKit shape when the sender knows the VRM presets only.</summary>
    internal static class ShapeFallbacks
    {
        public readonly struct Entry
        {
            public readonly string Shape, Preset;
            public readonly float Gain;

            public Entry(string shape, string preset, float gain)
            {
                Shape = shape;
                Preset = preset;
                Gain = gain;
            }
        }

        // Gains by eye: vowels open the mouth less than a jaw that is wide open.
        public static readonly Entry[] All =
        {
            new Entry("eyeblinkleft", "blinkleft", 1), new Entry("eyeblinkright", "blinkright", 1),
            new Entry("eyeblinkleft", "blink", 1), new Entry("eyeblinkright", "blink", 1),
            new Entry("jawopen", "aa", 0.7f), new Entry("mouthfunnel", "oh", 0.6f),
            new Entry("mouthpucker", "ou", 0.6f),
            new Entry("mouthstretchleft", "ih", 0.4f), new Entry("mouthstretchright", "ih", 0.4f),
            new Entry("mouthsmileleft", "happy", 1), new Entry("mouthsmileright", "happy", 1),
            new Entry("mouthfrownleft", "sad", 1), new Entry("mouthfrownright", "sad", 1),
            new Entry("browdownleft", "angry", 1), new Entry("browdownright", "angry", 1),
            new Entry("browinnerup", "surprised", 1),
        };
    }
}
