using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>
    /// Drives the blendshapes of skinned meshes by name: ARKit's 52, VRM presets, VRChat visemes,
    /// VRoid's names, and what the rules say. Spelling, case and separators do not matter.
    /// </summary>
    [AddComponentMenu("Avatar Bridge/Blend Shape Driver")]
    [DisallowMultipleComponent]
    public sealed class BlendShapeDriver : ExpressionDriver
    {
        const float FullWeight = 100; // Unity's blendshapes go from 0 to 100
        const float SmallestChange = 0.01f;

        [Tooltip("All skinned meshes below this object when empty.")]
        [SerializeField] SkinnedMeshRenderer[] _meshes = new SkinnedMeshRenderer[0];
        [SerializeField] ShapePreference _preference = ShapePreference.Auto;
        [Tooltip("Come before the automatic map. A rule without a blendshape switches its expression off.")]
        [SerializeField] ShapeRule[] _rules = new ShapeRule[0];

        struct Target
        {
            public SkinnedMeshRenderer Mesh;
            public int Shape;
            public float Sum, Written;
            public bool Driven;
        }

        Target[] _targets = new Target[0];
        string[] _shapes = new string[0];
        string[] _expressions = new string[0];
        ShapeMap _map;

        public SkinnedMeshRenderer[] Meshes { get => _meshes; set => _meshes = value; }
        public ShapePreference Preference { get => _preference; set => _preference = value; }
        public ShapeRule[] Rules { get => _rules; set => _rules = value; }

        /// <summary>How many blendshapes are driven; 0 before the sender has named its expressions.</summary>
        public int LinkCount => _map == null ? 0 : _map.Links.Count;

        /// <summary>What drives what, and what found no partner, in lines for people.</summary>
        public string Report()
        {
            if (_map == null) return "No expressions received yet.";
            var lines = new List<string>();
            foreach (var link in _map.Links)
                lines.Add($"{_expressions[link.Expression]} -> {_targets[link.Target].Mesh.name}/{_shapes[link.Target]}"
                    + (link.Gain == 1 ? "" : $" x {link.Gain:0.##}"));
            lines.Add("Not driven: " + Listed(_map.UndrivenShapes));
            lines.Add("Not used: " + Listed(_map.UnusedExpressions));
            return string.Join("\n", lines.ToArray());
        }

        static string Listed(List<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.ToArray());

        protected override void Map(string[] expressions)
        {
            _expressions = expressions;
            var meshes = _meshes.Length > 0 ? _meshes : GetComponentsInChildren<SkinnedMeshRenderer>(true);
            var targets = new List<Target>();
            var shapes = new List<string>();
            foreach (var mesh in meshes)
            {
                if (mesh == null || mesh.sharedMesh == null) continue;
                for (var i = 0; i < mesh.sharedMesh.blendShapeCount; i++)
                {
                    targets.Add(new Target { Mesh = mesh, Shape = i, Written = mesh.GetBlendShapeWeight(i) });
                    shapes.Add(mesh.sharedMesh.GetBlendShapeName(i));
                }
            }
            _targets = targets.ToArray();
            _shapes = shapes.ToArray();
            _map = ShapeMap.Build(expressions, _shapes, _rules, _preference);
            foreach (var link in _map.Links) _targets[link.Target].Driven = true;
        }

        protected override void Drive(float[] weights, float gain)
        {
            for (var i = 0; i < _targets.Length; i++) _targets[i].Sum = 0;
            var links = _map.Links;
            for (var i = 0; i < links.Count; i++)
                _targets[links[i].Target].Sum += weights[links[i].Expression] * links[i].Gain;

            for (var i = 0; i < _targets.Length; i++)
            {
                if (!_targets[i].Driven || _targets[i].Mesh == null) continue;
                var weight = Mathf.Clamp01(_targets[i].Sum * gain) * FullWeight;
                if (Mathf.Abs(weight - _targets[i].Written) < SmallestChange) continue;
                _targets[i].Written = weight;
                _targets[i].Mesh.SetBlendShapeWeight(_targets[i].Shape, weight);
            }
        }
    }
}
