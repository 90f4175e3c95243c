using System;

namespace AvatarBridge
{
    /// <summary>An expression of the sender and the blendshape it drives, as the user wants it.</summary>
    [Serializable]
    public struct ShapeRule
    {
        /// <summary>As the sender writes it; case does not matter.</summary>
        public string expression;
        /// <summary>As the mesh names it; case does not matter. Empty: the expression drives nothing.</summary>
        public string blendShape;
        public float gain;
    }

    /// <summary>Which of two sets of shapes is driven when an avatar has both; both at once would add up.</summary>
    public enum ShapePreference
    {
        /// <summary>ARKit's when the avatar has most of them, else the presets.</summary>
        Auto,
        Arkit,
        Presets,
        Both,
    }
}
