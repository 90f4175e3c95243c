using System.Collections.Generic;

namespace VRM
{
    public enum BlendShapePreset { Unknown, Neutral, A, I, U, E, O, Blink, Joy, Angry, Sorrow, Fun, LookUp, LookDown, LookLeft, LookRight, Blink_L, Blink_R }

    public sealed class BlendShapeClip : UnityEngine.ScriptableObject
    {
        public string BlendShapeName = "";
        public BlendShapePreset Preset;
    }

    public sealed class BlendShapeAvatar : UnityEngine.ScriptableObject
    {
        public List<BlendShapeClip> Clips = new List<BlendShapeClip>();
    }

    public readonly struct BlendShapeKey
    {
        public readonly string Name;
        public readonly BlendShapePreset Preset;

        BlendShapeKey(string name, BlendShapePreset preset)
        {
            Name = name;
            Preset = preset;
        }

        public static BlendShapeKey CreateFromClip(BlendShapeClip clip) => new BlendShapeKey(clip.BlendShapeName, clip.Preset);
    }

    public sealed class VRMBlendShapeProxy : UnityEngine.MonoBehaviour
    {
        public BlendShapeAvatar BlendShapeAvatar;
        public readonly Dictionary<BlendShapeKey, float> Applied = new Dictionary<BlendShapeKey, float>();
        readonly Dictionary<BlendShapeKey, float> _pending = new Dictionary<BlendShapeKey, float>();

        public void AccumulateValue(BlendShapeKey key, float value) =>
            _pending[key] = value + (_pending.TryGetValue(key, out var sum) ? sum : 0);

        public void Apply()
        {
            foreach (var pair in _pending) Applied[pair.Key] = pair.Value;
            _pending.Clear();
        }
    }
}
