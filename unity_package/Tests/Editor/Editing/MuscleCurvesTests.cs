using AvatarBridge.Editing;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Tests
{
    public sealed class MuscleCurvesTests
    {
        [TestCase("Left Thumb 1 Stretched", "LeftHand.Thumb.1 Stretched")]
        [TestCase("Right Little Spread", "RightHand.Little.Spread")]
        [TestCase("Spine Front-Back", "Spine Front-Back")]
        [TestCase("Left Arm Down-Up", "Left Arm Down-Up")]
        public void MusclesHaveTheNamesThatClipsWant(string muscle, string curve) =>
            Assert.That(MuscleCurves.CurveName(muscle), Is.EqualTo(curve));

        static Animator WithFace(TestAvatar avatar, out SkinnedMeshRenderer mesh)
        {
            var face = new GameObject("Face");
            face.transform.SetParent(avatar.Root.transform, false);
            mesh = face.AddComponent<SkinnedMeshRenderer>();
            mesh.sharedMesh = new Mesh();
            mesh.sharedMesh.AddBlendShapeFrame("aa", 100, new Vector3[0], null, null);
            return avatar.Animator;
        }

        [Test]
        public void APerformanceBecomesAClip()
        {
            using (var avatar = new TestAvatar(3))
            using (var curves = new MuscleCurves(WithFace(avatar, out var mesh)))
            {
                for (var i = 0; i < 4; i++)
                {
                    mesh.SetBlendShapeWeight(0, i * 10);
                    curves.Snapshot(i * 0.5f);
                }
                Assert.That(curves.Seconds, Is.EqualTo(1.5f));
                var clip = curves.ToClip(60);
                var bindings = AnimationUtility.GetCurveBindings(clip);
                Assert.That(bindings.Length, Is.EqualTo(7 + HumanTrait.MuscleCount + 1));
                var last = bindings[bindings.Length - 1];
                Assert.That(last.path, Is.EqualTo("Face"));
                Assert.That(last.propertyName, Is.EqualTo("blendShape.aa"));
                var keys = AnimationUtility.GetEditorCurve(clip, last).keys;
                Assert.That(keys.Length, Is.EqualTo(4));
                Assert.That(keys[3].value, Is.EqualTo(30f));
                Assert.That(keys[3].time, Is.EqualTo(1.5f));
            }
        }
    }
}
