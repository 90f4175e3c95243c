using System;
using NUnit.Framework;
using UnityEngine;

namespace AvatarBridge.Tests
{
    public sealed class FaceDriverTests
    {
        const float Tolerance = 0.01f;

        static readonly string[] DaemonPresets =
        {
            "Joy", "happy", "Angry", "Sorrow", "Fun", "Surprised", "A", "I", "U", "E", "O", "aa", "ih", "ou", "ee", "oh",
            "Blink", "Blink_L", "Blink_R",
        };

        GameObject _root;

        [SetUp]
        public void SetUp() => _root = new GameObject("Face");

        [TearDown]
        public void TearDown() => UnityEngine.Object.DestroyImmediate(_root);

        SkinnedMeshRenderer Mesh(params string[] shapes)
        {
            var child = new GameObject("Mesh");
            child.transform.SetParent(_root.transform, false);
            var renderer = child.AddComponent<SkinnedMeshRenderer>();
            renderer.sharedMesh = new Mesh();
            foreach (var shape in shapes)
                renderer.sharedMesh.AddBlendShapeFrame(shape, 100, new Vector3[0], null, null);
            return renderer;
        }

        static float Weight(SkinnedMeshRenderer mesh, string shape) =>
            mesh.GetBlendShapeWeight(mesh.sharedMesh.GetBlendShapeIndex(shape));

        static PoseState Pose(NameTable names, params object[] expressions)
        {
            var pose = new PoseState();
            for (var i = 0; i < expressions.Length; i += 2)
                pose.SetWeight(names.Intern(ByteSlice.Ascii((string)expressions[i])), Convert.ToSingle(expressions[i + 1]));
            pose.WeightCount = names.Count;
            return pose;
        }

        [TestCase("eyeBlinkLeft")]
        [TestCase("EyeBlinkLeft")]
        [TestCase("EYE_BLINK_LEFT")]
        [TestCase("eyeBlink_L")]
        [TestCase("Face.blendShape1.eyeBlinkLeft")]
        public void ArkitShapesAreFoundHoweverTheyAreSpelt(string shape)
        {
            var mesh = Mesh(shape);
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            driver.Apply(Pose(names, "EyeBlinkLeft", 0.5f), names, 1);
            Assert.That(Weight(mesh, shape), Is.EqualTo(50).Within(Tolerance), driver.Report());
        }

        [TestCase("vrc.v_aa", "A")]
        [TestCase("vrc.v_e", "E")]
        [TestCase("VRC.V_OU", "U")]
        [TestCase("Fcl_MTH_O", "O")]
        [TestCase("Face.M_F00_000_00_Fcl_MTH_A", null)]
        [TestCase("Fcl_EYE_Close_L", "Blink_L")]
        [TestCase("あ", "A")]
        [TestCase("aa", "aa")]
        [TestCase("joy", "happy")]
        public void PresetShapesAreFoundUnderTheirManyNames(string shape, string expression)
        {
            var mesh = Mesh(shape);
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            driver.Apply(Pose(names, expression ?? "A", 1f), names, 1);
            Assert.That(Weight(mesh, shape), Is.EqualTo(expression == null ? 0 : 100).Within(Tolerance), driver.Report());
        }

        [Test]
        public void AnAvatarWithBothSetsIsDrivenByOne()
        {
            var shapes = new System.Collections.Generic.List<string>(ShapeNames.Arkit) { "vrc.v_aa" };
            var mesh = Mesh(shapes.ToArray());
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            var pose = Pose(names, "A", 1f, "JawOpen", 0.6f);
            driver.Apply(pose, names, 1);
            Assert.That(Weight(mesh, "vrc.v_aa"), Is.EqualTo(0f));
            Assert.That(Weight(mesh, "jawopen"), Is.EqualTo(60).Within(Tolerance));

            driver.Preference = ShapePreference.Both;
            driver.Rebuild();
            driver.Apply(pose, names, 1);
            Assert.That(Weight(mesh, "vrc.v_aa"), Is.EqualTo(100).Within(Tolerance));
        }

        [Test]
        public void ASenderWithoutArkitStillMovesAnArkitFace()
        {
            var mesh = Mesh("jawOpen", "eyeBlinkLeft", "eyeBlinkRight");
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            driver.Apply(Pose(names, "A", 1f, "Blink", 1f), names, 1);
            Assert.That(Weight(mesh, "jawOpen"), Is.EqualTo(70).Within(Tolerance));
            Assert.That(Weight(mesh, "eyeBlinkLeft"), Is.EqualTo(100).Within(Tolerance));
            Assert.That(Weight(mesh, "eyeBlinkRight"), Is.EqualTo(100).Within(Tolerance));
        }

        [Test]
        public void TwoSpellingsOfOneExpressionDoNotAddUp()
        {
            var mesh = Mesh("happy");
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            driver.Apply(Pose(names, "Joy", 0.5f, "happy", 0.5f), names, 1);
            Assert.That(Weight(mesh, "happy"), Is.EqualTo(50).Within(Tolerance));
        }

        [Test]
        public void RulesComeFirstScaleAndSwitchOff()
        {
            var mesh = Mesh("MyMouth", "blink");
            var driver = _root.AddComponent<BlendShapeDriver>();
            driver.Rules = new[]
            {
                new ShapeRule { expression = "a", blendShape = "mymouth", gain = 0.5f },
                new ShapeRule { expression = "Blink", blendShape = "", gain = 1 },
            };
            var names = new NameTable();
            driver.Apply(Pose(names, "A", 1f, "Blink", 1f), names, 1);
            Assert.That(Weight(mesh, "MyMouth"), Is.EqualTo(50).Within(Tolerance));
            Assert.That(Weight(mesh, "blink"), Is.EqualTo(0f));
            StringAssert.Contains("Not used: Blink", driver.Report());
        }

        [Test]
        public void LosingTheSenderRelaxesTheFaceUnlessHeld()
        {
            var mesh = Mesh("happy");
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            var pose = Pose(names, "Joy", 1f);
            driver.Apply(pose, names, 1);
            driver.Apply(pose, names, 0);
            Assert.That(Weight(mesh, "happy"), Is.EqualTo(0f));
            driver.HoldWhenLost = true;
            driver.Apply(pose, names, 0);
            Assert.That(Weight(mesh, "happy"), Is.EqualTo(100).Within(Tolerance));
        }

        [Test]
        public void ShapesThatNobodyDrivesAreLeftAlone()
        {
            var mesh = Mesh("happy", "HairLong");
            mesh.SetBlendShapeWeight(1, 42);
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            driver.Apply(Pose(names, "Joy", 1f), names, 1);
            Assert.That(Weight(mesh, "HairLong"), Is.EqualTo(42f));
            StringAssert.Contains("Not driven: HairLong", driver.Report());
        }

        [Test]
        public void EveryPresetOfTheDaemonHasACommonName()
        {
            foreach (var preset in DaemonPresets) Assert.That(ShapeNames.Common(preset), Is.Not.Null, preset);
            Assert.That(ShapeNames.Arkit.Count, Is.EqualTo(52));
            Assert.That(ShapeNames.Common("Hair"), Is.Null);
        }

        [Test]
        public void DrivingTheFaceAllocatesNothing()
        {
            Mesh(new System.Collections.Generic.List<string>(ShapeNames.Arkit).ToArray());
            var driver = _root.AddComponent<BlendShapeDriver>();
            var names = new NameTable();
            var pose = Pose(names, "JawOpen", 0.5f, "EyeBlinkLeft", 0.2f);
            for (var i = 0; i < 50; i++) driver.Apply(pose, names, i % 2);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 50; i++) driver.Apply(pose, names, i % 2);
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.EqualTo(0));
        }
    }
}
