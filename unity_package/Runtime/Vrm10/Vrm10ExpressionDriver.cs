using System.Collections.Generic;
using UniVRM10;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// Drives the expressions of a VRM 1.0 avatar, with the overrides its author set. Works where
    /// UniVRM (com.vrmc.vrm) is installed. The avatar itself applies them later in the frame.
    /// </summary>
    [AddComponentMenu("Avatar Bridge/VRM 1.0 Expression Driver")]
    [DisallowMultipleComponent]
    public sealed class Vrm10ExpressionDriver : ExpressionDriver
    {
        struct Link
        {
            public int Expression;
            public ExpressionKey Key;
        }

        readonly List<Link> _links = new List<Link>();
        readonly Dictionary<ExpressionKey, float> _weights = new Dictionary<ExpressionKey, float>();

        Vrm10Instance _avatar;

        /// <summary>How many of the avatar's expressions the sender drives.</summary>
        public int LinkCount => _links.Count;

        // Both, since the editor's menu sets avatars up without playing.
#if UNITY_EDITOR
        [UnityEditor.InitializeOnLoadMethod]
#endif
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.BeforeSceneLoad)]
        static void Register() => AvatarSetup.RegisterFaceDriver(TryAdd);

        internal static ExpressionDriver TryAdd(GameObject avatar)
        {
            var host = avatar.GetComponentInChildren<Vrm10Instance>();
            return host == null ? null : host.gameObject.AddComponent<Vrm10ExpressionDriver>();
        }

        protected override void Map(string[] expressions)
        {
            _avatar = GetComponentInChildren<Vrm10Instance>();
            _links.Clear();
            _weights.Clear();
            if (_avatar == null) return;
            foreach (var key in _avatar.Runtime.Expression.ExpressionKeys)
            {
                var source = Find(expressions, key.Name);
                if (source < 0) continue;
                _links.Add(new Link { Expression = source, Key = key });
                _weights[key] = 0;
            }
        }

        protected override void Drive(float[] weights, float gain)
        {
            if (_avatar == null || _links.Count == 0) return;
            foreach (var link in _links) _weights[link.Key] = Mathf.Clamp01(weights[link.Expression] * gain);
            // All at once: setting one by one would evaluate the whole face each time.
            _avatar.Runtime.Expression.SetWeights(_weights);
        }
    }
}
