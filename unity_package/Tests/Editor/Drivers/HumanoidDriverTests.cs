using System;
using NUnit.Framework;
using UnityEngine;

namespace AvatarBridge.Tests
{
    public sealed class HumanoidDriverTests
    {
        const float ToleranceDegrees = 0.05f;
        const float ToleranceMetres = 1e-4f;

        static PoseState RandomPose(int seed)
        {
            var random = new System.Random(seed);
            var pose = new PoseState();
            for (var i = 0; i < BoneTable.Count; i++)
                pose.Set((BodyBone)i, Quat.FromRotationVector(new Vec3(
                    (float)random.NextDouble() * 2 - 1, (float)random.NextDouble() * 2 - 1,
                    (float)random.NextDouble() * 2 - 1)));
            return pose;
        }

        /// <summary>The rotation of each bone from its T-pose, in the avatar's axes, as forward kinematics has it.</summary>
        static Quaternion NormalisedInRoot(PoseState pose, BodyBone bone)
        {
            var rotation = Quaternion.identity;
            for (var b = bone; b != BodyBone.None; b = BoneTable.Parents[(int)b])
                rotation = pose.Rotations[(int)b].ToEngine() * rotation;
            return rotation;
        }

        static Quaternion InRoot(TestAvatar avatar, BodyBone bone) =>
            Quaternion.Inverse(avatar.Root.transform.rotation) * avatar.Bones[(int)bone].rotation;

        static HumanoidDriver Drive(TestAvatar avatar)
        {
            var driver = avatar.Root.AddComponent<HumanoidDriver>();
            driver.Capture();
            Assert.That(driver.Fault, Is.EqualTo(""));
            return driver;
        }

        static Quaternion[] Rest(TestAvatar avatar)
        {
            var rest = new Quaternion[BoneTable.Count];
            for (var i = 0; i < BoneTable.Count; i++)
                if (avatar.Bones[i] != null) rest[i] = InRoot(avatar, (BodyBone)i);
            return rest;
        }

        static void AssertWorldPose(TestAvatar avatar, Quaternion[] rest, PoseState pose)
        {
            for (var i = 0; i < BoneTable.Count; i++)
            {
                if (avatar.Bones[i] == null) continue;
                var expected = NormalisedInRoot(pose, (BodyBone)i) * rest[i];
                Assert.That(Quaternion.Angle(InRoot(avatar, (BodyBone)i), expected), Is.LessThan(ToleranceDegrees),
                    BoneTable.Names[i]);
            }
        }

        [Test]
        public void AnyBoneAxesEndInTheSameWorldPose()
        {
            for (var seed = 0; seed < 20; seed++)
                using (var avatar = new TestAvatar(seed))
                {
                    var rest = Rest(avatar);
                    avatar.Disturb();
                    avatar.Root.transform.rotation = avatar.RandomRotation();
                    var pose = RandomPose(seed);
                    Drive(avatar).Apply(pose, 1);
                    AssertWorldPose(avatar, rest, pose);
                }
        }

        [Test]
        public void TheIdentityIsTheTPose()
        {
            using (var avatar = new TestAvatar(5))
            {
                var rest = Rest(avatar);
                avatar.Disturb();
                var pose = new PoseState();
                for (var i = 0; i < BoneTable.Count; i++) pose.Set((BodyBone)i, Quat.Identity);
                Drive(avatar).Apply(pose, 1);
                AssertWorldPose(avatar, rest, pose);
            }
        }

        static bool IsOptional(BodyBone bone)
        {
            switch (bone)
            {
                case BodyBone.Chest: case BodyBone.UpperChest: case BodyBone.Neck: case BodyBone.LeftShoulder:
                case BodyBone.RightShoulder: case BodyBone.LeftToes: case BodyBone.RightToes: case BodyBone.LeftEye:
                case BodyBone.RightEye: case BodyBone.Jaw:
                    return true;
                default:
                    return bone >= BodyBone.LeftThumbProximal;
            }
        }

        [Test]
        public void MissingBonesLeaveTheOthersWhereTheyBelong()
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var random = new System.Random(seed);
                var missing = new bool[BoneTable.Count];
                for (var i = 0; i < BoneTable.Count; i++)
                    missing[i] = IsOptional((BodyBone)i) && random.NextDouble() < 0.4;
                using (var avatar = new TestAvatar(seed, bone => !missing[(int)bone]))
                {
                    var rest = Rest(avatar);
                    var pose = RandomPose(seed);
                    Drive(avatar).Apply(pose, 1);
                    for (var i = 0; i < BoneTable.Count; i++)
                    {
                        if (missing[i]) continue;
                        // A chest bends below where it is missing, so those below carry more than their own.
                        if (i == (int)BodyBone.Spine || i == (int)BodyBone.Chest) continue;
                        var expected = NormalisedInRoot(pose, (BodyBone)i) * rest[i];
                        Assert.That(Quaternion.Angle(InRoot(avatar, (BodyBone)i), expected),
                            Is.LessThan(ToleranceDegrees), $"seed {seed} {BoneTable.Names[i]}");
                    }
                }
            }
        }

        [TestCase(0.5f)]
        [TestCase(1f)]
        [TestCase(2f)]
        public void HipsMoveInTheAvatarsOwnSize(float size)
        {
            using (var avatar = new TestAvatar(3))
            {
                avatar.Root.transform.localScale = Vector3.one * size;
                avatar.Root.transform.position = new Vector3(3, 1, -2);
                var driver = Drive(avatar);
                driver.SenderHipsHeight = 0.8f;
                var pose = RandomPose(1);
                pose.SetHips(new Vec3(0.4f, 0.6f, -0.2f)); // 0.2 below the sender's rest
                driver.Apply(pose, 1);
                // The avatar's hips rest at 1 in its own units: a scale of 1.25.
                var hips = avatar.Root.transform.InverseTransformPoint(avatar.Bones[0].position);
                Assert.That(Vector3.Distance(hips, new Vector3(0.5f, 0.75f, -0.25f)), Is.LessThan(ToleranceMetres));

                driver.Hips = HipsMotion.HeightOnly;
                driver.Apply(pose, 1);
                hips = avatar.Root.transform.InverseTransformPoint(avatar.Bones[0].position);
                Assert.That(Vector3.Distance(hips, new Vector3(0, 0.75f, 0)), Is.LessThan(ToleranceMetres));
            }
        }

        [Test]
        public void OnlyTheHipsEverMove()
        {
            using (var avatar = new TestAvatar(4))
            {
                var before = new Vector3[BoneTable.Count];
                for (var i = 0; i < BoneTable.Count; i++) before[i] = avatar.Bones[i].localPosition;
                var pose = RandomPose(2);
                pose.SetHips(new Vec3(1, 1, 1));
                Drive(avatar).Apply(pose, 1);
                for (var i = 1; i < BoneTable.Count; i++)
                    Assert.That(avatar.Bones[i].localPosition, Is.EqualTo(before[i]), BoneTable.Names[i]);
            }
        }

        [Test]
        public void PartsThatAreOffAreLeftToTheAnimation()
        {
            using (var avatar = new TestAvatar(6))
            {
                var driver = Drive(avatar);
                driver.Parts = BodyParts.Head | BodyParts.LeftFingers;
                var before = new Quaternion[BoneTable.Count];
                for (var i = 0; i < BoneTable.Count; i++) before[i] = avatar.Bones[i].localRotation;
                driver.Apply(RandomPose(3), 1);
                for (var i = 0; i < BoneTable.Count; i++)
                {
                    var turned = Quaternion.Angle(before[i], avatar.Bones[i].localRotation) > 0.01f;
                    Assert.That(turned, Is.EqualTo((BoneTable.Parts[i] & driver.Parts) != 0), BoneTable.Names[i]);
                }
            }
        }

        [Test]
        public void HalfWeightIsHalfWayAndDoesNotCreep()
        {
            using (var avatar = new TestAvatar(7))
            {
                var driver = Drive(avatar);
                driver.Weight = 0.5f;
                var animated = avatar.Bones[(int)BodyBone.Head].localRotation;
                var pose = new PoseState();
                pose.Set(BodyBone.Head, Quat.AboutZ(60));
                for (var frame = 0; frame < 10; frame++) driver.Apply(pose, 1);
                Assert.That(Quaternion.Angle(animated, avatar.Bones[(int)BodyBone.Head].localRotation),
                    Is.EqualTo(30).Within(ToleranceDegrees));
            }
        }

        [Test]
        public void AdditiveTurnsOnTopOfWhatAnAnimationWrites()
        {
            using (var avatar = new TestAvatar(8))
            {
                var driver = Drive(avatar);
                driver.Mode = DriveMode.Additive;
                var head = avatar.Bones[(int)BodyBone.Head];
                var rest = Rest(avatar)[(int)BodyBone.Head];
                var parent = Quaternion.Inverse(avatar.Root.transform.rotation) * head.parent.rotation;
                var pose = new PoseState();
                pose.Set(BodyBone.Head, Quat.AboutZ(20));
                for (var frame = 0; frame < 5; frame++)
                {
                    // The animation nods by 30 degrees about the avatar's X, each frame anew.
                    head.localRotation = Quaternion.Inverse(parent) * (Quaternion.AngleAxis(30, Vector3.right) * rest);
                    driver.Apply(pose, 1);
                    var expected = Quaternion.AngleAxis(30, Vector3.right) * Quaternion.AngleAxis(20, Vector3.forward) * rest;
                    Assert.That(Quaternion.Angle(InRoot(avatar, BodyBone.Head), expected), Is.LessThan(ToleranceDegrees));
                }
            }
        }

        [Test]
        public void AnAdditiveDriverGivesTheAnimationBackWhenTheSenderIsLost()
        {
            using (var avatar = new TestAvatar(12))
            {
                var driver = Drive(avatar);
                driver.Mode = DriveMode.Additive;
                var arm = avatar.Bones[(int)BodyBone.LeftUpperArm];
                var animated = arm.localRotation;
                driver.Apply(RandomPose(8), 1);
                driver.Apply(RandomPose(8), 0);
                Assert.That(Quaternion.Angle(animated, arm.localRotation), Is.LessThan(ToleranceDegrees));
            }
        }

        [Test]
        public void ALostSenderRelaxesReleasesOrHolds()
        {
            foreach (WhenLost whenLost in Enum.GetValues(typeof(WhenLost)))
                using (var avatar = new TestAvatar(9))
                {
                    var rest = Rest(avatar);
                    var driver = Drive(avatar);
                    driver.WhenLost = whenLost;
                    var before = avatar.Bones[(int)BodyBone.LeftUpperArm].localRotation;
                    var pose = RandomPose(4);
                    driver.Apply(pose, 1);
                    driver.Apply(pose, 0);
                    if (whenLost == WhenLost.Hold) AssertWorldPose(avatar, rest, pose);
                    if (whenLost == WhenLost.Release)
                        Assert.That(Quaternion.Angle(before, avatar.Bones[(int)BodyBone.LeftUpperArm].localRotation),
                            Is.LessThan(ToleranceDegrees));
                    if (whenLost != WhenLost.Relax) continue;
                    var down = InRoot(avatar, BodyBone.LeftUpperArm)
                        * Quaternion.Inverse(rest[(int)BodyBone.LeftUpperArm]) * Vector3.left;
                    Assert.That(down.y, Is.LessThan(-0.9f));
                }
        }

        [Test]
        public void ASenderThatNeverSpokeChangesNothing()
        {
            using (var avatar = new TestAvatar(10))
            {
                var before = avatar.Bones[0].localRotation;
                Drive(avatar).Apply(new PoseState(), 1);
                Assert.That(avatar.Bones[0].localRotation, Is.EqualTo(before));
            }
        }

        [Test]
        public void WhatCannotBeDrivenIsExplained()
        {
            var root = new GameObject("NoAvatar");
            var animator = root.AddComponent<Animator>();
            var driver = root.AddComponent<HumanoidDriver>();
            driver.Capture();
            StringAssert.Contains("Humanoid", driver.Fault);
            driver.Apply(RandomPose(5), 1);
            UnityEngine.Object.DestroyImmediate(root);
            Assert.That(animator == null, Is.True);
        }

        [Test]
        public void DrivingAllocatesNothing()
        {
            using (var avatar = new TestAvatar(11))
            {
                var driver = Drive(avatar);
                var poses = new[] { RandomPose(6), RandomPose(7) };
                for (var i = 0; i < 100; i++) driver.Apply(poses[i % 2], 0.5f);
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 100; i++) driver.Apply(poses[i % 2], 0.5f);
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.EqualTo(0));
            }
        }
    }
}
