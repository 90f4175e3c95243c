using NUnit.Framework;
using UnityEngine;

namespace AvatarBridge.Tests
{
    public sealed class EyeAndRootDriverTests
    {
        static Quat LookRight(float degrees)
        {
            var q = Quaternion.Euler(0, degrees, 0);
            return new Quat(q.x, q.y, q.z, q.w);
        }

        static Vector3 Gaze(TestAvatar avatar, Quaternion rest)
        {
            var head = Quaternion.Inverse(avatar.Root.transform.rotation);
            return head * avatar.Bones[(int)BodyBone.LeftEye].rotation * Quaternion.Inverse(rest) * Vector3.forward;
        }

        [TestCase(10f, 1f, 10f)]
        [TestCase(10f, 2f, 20f)]
        [TestCase(80f, 1f, 30f)]
        [TestCase(-80f, 1f, -30f)]
        public void EyesTurnWithinTheirLimits(float sent, float gain, float expected)
        {
            using (var avatar = new TestAvatar(1))
            {
                var rest = Quaternion.Inverse(avatar.Root.transform.rotation) * avatar.Bones[(int)BodyBone.LeftEye].rotation;
                var driver = avatar.Root.AddComponent<EyeDriver>();
                driver.Gain = gain;
                driver.Capture();
                var pose = new PoseState();
                pose.Set(BodyBone.LeftEye, LookRight(sent));
                driver.Apply(pose, 1);
                var gaze = Gaze(avatar, rest);
                Assert.That(Mathf.Atan2(gaze.x, gaze.z) * Mathf.Rad2Deg, Is.EqualTo(expected).Within(0.05));
                Assert.That(gaze.y, Is.EqualTo(0).Within(1e-3));
            }
        }

        [Test]
        public void TheHumanoidDriverLeavesTheEyesToTheEyeDriver()
        {
            using (var avatar = new TestAvatar(2))
            {
                var eyes = avatar.Root.AddComponent<EyeDriver>();
                eyes.Capture();
                var humanoid = avatar.Root.AddComponent<HumanoidDriver>();
                humanoid.Capture();
                var pose = new PoseState();
                pose.Set(BodyBone.LeftEye, LookRight(45));
                var before = avatar.Bones[(int)BodyBone.LeftEye].localRotation;
                humanoid.Apply(pose, 1);
                Assert.That(avatar.Bones[(int)BodyBone.LeftEye].localRotation, Is.EqualTo(before));
                eyes.enabled = false;
                humanoid.Apply(pose, 1);
                Assert.That(Quaternion.Angle(avatar.Bones[(int)BodyBone.LeftEye].localRotation, before), Is.GreaterThan(40));
            }
        }

        [Test]
        public void TheRootMovesFromWhereItStood()
        {
            var stage = new GameObject("Stage");
            stage.transform.localPosition = new Vector3(10, 0, 0);
            stage.transform.localRotation = Quaternion.Euler(0, 90, 0);
            var driver = stage.AddComponent<RootDriver>();
            driver.Scale = 2;
            driver.Capture();
            var pose = new PoseState();
            pose.SetRoot(new Vec3(0, 0, 1), LookRight(90));
            driver.Apply(pose);
            Assert.That(Vector3.Distance(stage.transform.localPosition, new Vector3(12, 0, 0)), Is.LessThan(1e-4f));
            Assert.That(Quaternion.Angle(stage.transform.localRotation, Quaternion.Euler(0, 180, 0)), Is.LessThan(0.05f));
            Object.DestroyImmediate(stage);
        }
    }
}
