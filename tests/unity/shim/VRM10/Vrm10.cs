using System.Collections.Generic;

namespace UniVRM10
{
    public enum ExpressionPreset { custom, happy, angry, sad, relaxed, surprised, aa, ih, ou, ee, oh, blink, blinkLeft, blinkRight, lookUp, lookDown, lookLeft, lookRight, neutral }

    public readonly struct ExpressionKey
    {
        public readonly ExpressionPreset Preset;
        public readonly string Name;

        public ExpressionKey(ExpressionPreset preset, string customName = null)
        {
            Preset = preset;
            Name = preset == ExpressionPreset.custom ? customName : preset.ToString();
        }

        public static ExpressionKey CreateFromPreset(ExpressionPreset preset) => new ExpressionKey(preset);
        public static ExpressionKey CreateCustom(string key) => new ExpressionKey(ExpressionPreset.custom, key);
    }

    public sealed class Vrm10RuntimeExpression
    {
        public readonly List<ExpressionKey> Keys = new List<ExpressionKey>();
        public readonly Dictionary<ExpressionKey, float> Input = new Dictionary<ExpressionKey, float>();

        public IReadOnlyList<ExpressionKey> ExpressionKeys => Keys;

        public void SetWeights(IEnumerable<KeyValuePair<ExpressionKey, float>> weights)
        {
            foreach (var pair in weights) Input[pair.Key] = pair.Value;
        }
    }

    public sealed class Vrm10Runtime
    {
        public Vrm10RuntimeExpression Expression { get; } = new Vrm10RuntimeExpression();
    }

    public sealed class Vrm10Instance : UnityEngine.MonoBehaviour
    {
        public Vrm10Runtime Runtime { get; } = new Vrm10Runtime();
    }
}
