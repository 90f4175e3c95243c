using System;
using System.Collections.Generic;

namespace AvatarBridge
{
    /// <summary>Which expression drives which blendshape of an avatar, and what found no partner.</summary>
    internal sealed class ShapeMap
    {
        // Most of the 52: with fewer, vowels and emotions look better than half a face.
        const int EnoughArkitShapes = 30;

        public struct Link
        {
            public int Expression, Target;
            public float Gain;
        }

        readonly List<Link> _links = new List<Link>();

        public readonly List<string> UnusedExpressions = new List<string>();
        public readonly List<string> UndrivenShapes = new List<string>();

        public IReadOnlyList<Link> Links => _links;

        /// <summary>Names of expressions and of blendshapes by number, in the order of both sides.</summary>
        public static ShapeMap Build(
            IList<string> expressions, IList<string> shapes, IList<ShapeRule> rules, ShapePreference preference)
        {
            var map = new ShapeMap();
            var ruled = new HashSet<int>();
            var driven = new HashSet<int>();
            map.AddRules(expressions, shapes, rules, ruled, driven);

            var sources = CommonToFirst(expressions, ruled);
            var commons = new string[shapes.Count];
            for (var i = 0; i < shapes.Count; i++) commons[i] = ShapeNames.Common(shapes[i]);
            var accepts = Filter(commons, preference);
            for (var target = 0; target < shapes.Count; target++)
            {
                if (driven.Contains(target)) continue;
                if (commons[target] == null) map.AddSamePlainName(expressions, shapes, target, ruled, driven);
                else if (accepts(commons[target])) map.AddCommon(sources, commons[target], target, driven);
            }
            map.Report(expressions, shapes, driven);
            return map;
        }

        void AddRules(
            IList<string> expressions, IList<string> shapes, IList<ShapeRule> rules,
            HashSet<int> ruled, HashSet<int> driven)
        {
            foreach (var rule in rules)
            {
                var source = IndexOf(expressions, rule.expression);
                if (source < 0) continue;
                ruled.Add(source);
                for (var target = 0; target < shapes.Count; target++)
                    if (IsSame(shapes[target], rule.blendShape)) Add(source, target, rule.gain, driven);
            }
        }

        /// <summary>The first expression of each common name; a sender may send Joy and happy both.</summary>
        static Dictionary<string, int> CommonToFirst(IList<string> expressions, HashSet<int> ruled)
        {
            var sources = new Dictionary<string, int>();
            for (var i = 0; i < expressions.Count; i++)
            {
                var common = ShapeNames.Common(expressions[i]);
                if (common != null && !ruled.Contains(i) && !sources.ContainsKey(common)) sources.Add(common, i);
            }
            return sources;
        }

        static Func<string, bool> Filter(string[] commons, ShapePreference preference)
        {
            if (preference == ShapePreference.Auto)
            {
                int arkit = 0, presets = 0;
                foreach (var common in commons)
                {
                    if (common == null) continue;
                    if (ShapeNames.Arkit.Contains(common)) arkit++;
                    else presets++;
                }
                preference = arkit >= EnoughArkitShapes || presets == 0 ? ShapePreference.Arkit : ShapePreference.Presets;
            }
            if (preference == ShapePreference.Arkit) return ShapeNames.Arkit.Contains;
            if (preference == ShapePreference.Presets) return ShapeNames.Presets.Contains;
            return common => true;
        }

        void AddCommon(Dictionary<string, int> sources, string common, int target, HashSet<int> driven)
        {
            if (sources.TryGetValue(common, out var source))
            {
                Add(source, target, 1, driven);
                return;
            }
            foreach (var fallback in ShapeFallbacks.All)
                if (fallback.Shape == common && sources.TryGetValue(fallback.Preset, out source))
                {
                    // blink stands in for one eye only where the sender does not tell them apart.
                    if (driven.Contains(target)) continue;
                    Add(source, target, fallback.Gain, driven);
                }
        }

        void AddSamePlainName(
            IList<string> expressions, IList<string> shapes, int target, HashSet<int> ruled, HashSet<int> driven)
        {
            for (var i = 0; i < expressions.Count; i++)
                if (!ruled.Contains(i) && IsSame(expressions[i], shapes[target]))
                {
                    Add(i, target, 1, driven);
                    return;
                }
        }

        void Add(int expression, int target, float gain, HashSet<int> driven)
        {
            _links.Add(new Link { Expression = expression, Target = target, Gain = gain });
            driven.Add(target);
        }

        void Report(IList<string> expressions, IList<string> shapes, HashSet<int> driven)
        {
            var used = new HashSet<int>();
            foreach (var link in _links) used.Add(link.Expression);
            for (var i = 0; i < expressions.Count; i++)
                if (!used.Contains(i)) UnusedExpressions.Add(expressions[i]);
            for (var i = 0; i < shapes.Count; i++)
                if (!driven.Contains(i)) UndrivenShapes.Add(shapes[i]);
        }

        static int IndexOf(IList<string> names, string name)
        {
            for (var i = 0; i < names.Count; i++)
                if (string.Equals(names[i], name, StringComparison.OrdinalIgnoreCase)) return i;
            return -1;
        }

        static bool IsSame(string a, string b) =>
            !string.IsNullOrEmpty(b) && (string.Equals(a, b, StringComparison.OrdinalIgnoreCase)
                || ShapeNames.Plain(a) == ShapeNames.Plain(b));
    }
}
