using System.Collections.Generic;
using UnityEngine;
using VRM;

namespace AvatarBridge
{
    /// <summary>
    /// Drives the blendshape clips of a VRM 0.x avatar through its proxy. Works where UniVRM
    /// (com.vrmc.univrm) is installed.
    /// </summary>
    [AddComponentMenu("Avatar Bridge/VRM 0.x Expression Driver")]
    [DisallowMultipleComponent]
    public sealed class Vrm0ExpressionDriver : ExpressionDriver
    {
        struct Link
        {
            public int Expression;
            public BlendShapeKey Key;
        }

        readonly List<Link> _links = new List<Link>();

        VRMBlendShapeProxy _proxy;

        /// <summary>How many of the avatar's clips the sender drives.</summary>
        public int LinkCount => _links.Count;

        // Both, since the editor's menu sets avatars up without playing.
#if UNITY_EDITOR
        [UnityEditor.InitializeOnLoadMethod]
#endif
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.BeforeSceneLoad)]
        static void Register() => AvatarSetup.RegisterFaceDriver(TryAdd);

        internal static ExpressionDriver TryAdd(GameObject avatar)
        {
            var host = avatar.GetComponentInChildren<VRMBlendShapeProxy>();
            return host == null ? null : host.gameObject.AddComponent<Vrm0ExpressionDriver>();
        }

        protected override void Map(string[] expressions)
        {
            _proxy = GetComponentInChildren<VRMBlendShapeProxy>();
            _links.Clear();
            if (_proxy == null || _proxy.BlendShapeAvatar == null) return;
            foreach (var clip in _proxy.BlendShapeAvatar.Clips)
            {
                if (clip == null) continue;
                // A preset is told by its enum, which keeps VRM's spelling; a clip may be renamed.
                var name = clip.Preset == BlendShapePreset.Unknown ? clip.BlendShapeName : clip.Preset.ToString();
                var source = Find(expressions, name);
                if (source >= 0) _links.Add(new Link { Expression = source, Key = BlendShapeKey.CreateFromClip(clip) });
            }
        }

        protected override void Drive(float[] weights, float gain)
        {
            if (_proxy == null || _links.Count == 0) return;
            foreach (var link in _links)
                _proxy.AccumulateValue(link.Key, Mathf.Clamp01(weights[link.Expression] * gain));
            _proxy.Apply();
        }
    }
}
