using System;
using UniVRM10;
using UnityEngine;
using VRM;

namespace AvatarBridge.Harness
{
    /// <summary>The optional adapters against stand-ins of UniVRM; prints what was set, for pytest to read.</summary>
    internal static class VrmTests
    {
        public static void Run()
        {
            var names = new NameTable();
            var pose = new PoseState();
            pose.SetWeight(names.Intern(ByteSlice.Ascii("A")), 0.4f);
            pose.SetWeight(names.Intern(ByteSlice.Ascii("aa")), 0.4f);
            pose.SetWeight(names.Intern(ByteSlice.Ascii("Joy")), 0.8f);
            pose.SetWeight(names.Intern(ByteSlice.Ascii("JawOpen")), 0.3f);
            pose.SetWeight(names.Intern(ByteSlice.Ascii("MyHat")), 1f);
            pose.WeightCount = names.Count;

            var modern = new GameObject("Vrm10").AddComponent<Vrm10Instance>();
            var keys = modern.Runtime.Expression.Keys;
            keys.Add(ExpressionKey.CreateFromPreset(ExpressionPreset.aa));
            keys.Add(ExpressionKey.CreateFromPreset(ExpressionPreset.happy));
            keys.Add(ExpressionKey.CreateFromPreset(ExpressionPreset.sad));
            keys.Add(ExpressionKey.CreateCustom("jawOpen"));
            keys.Add(ExpressionKey.CreateCustom("MyHat"));
            Vrm10ExpressionDriver.TryAdd(modern.gameObject).Apply(pose, names, 1);
            foreach (var pair in modern.Runtime.Expression.Input) Print("vrm10", pair.Key.Name, pair.Value);

            var proxy = new GameObject("Vrm0").AddComponent<VRMBlendShapeProxy>();
            proxy.BlendShapeAvatar = new BlendShapeAvatar();
            Add(proxy, "A", BlendShapePreset.A);
            Add(proxy, "Renamed", BlendShapePreset.Joy);
            Add(proxy, "Sorrow", BlendShapePreset.Sorrow);
            Add(proxy, "JawOpen", BlendShapePreset.Unknown);
            Add(proxy, "MyHat", BlendShapePreset.Unknown);
            var driver = Vrm0ExpressionDriver.TryAdd(proxy.gameObject);
            for (var frame = 0; frame < 3; frame++) driver.Apply(pose, names, 0.5f);
            foreach (var pair in proxy.Applied) Print("vrm0", pair.Key.Name, pair.Value);
        }

        static void Add(VRMBlendShapeProxy proxy, string name, BlendShapePreset preset) =>
            proxy.BlendShapeAvatar.Clips.Add(new BlendShapeClip { BlendShapeName = name, Preset = preset });

        static void Print(string kind, string name, float weight) =>
            Console.WriteLine(string.Format(
                System.Globalization.CultureInfo.InvariantCulture, "{0} {1} {2:0.000}", kind, name, weight));
    }
}
