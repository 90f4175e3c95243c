using System.Collections.Generic;
using AvatarBridge.Editing;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Tests
{
    public sealed class SetupValidatorTests
    {
        bool _ranInBackground;

        [SetUp]
        public void SetUp()
        {
            _ranInBackground = PlayerSettings.runInBackground;
            PlayerSettings.runInBackground = true;
        }

        [TearDown]
        public void TearDown()
        {
            foreach (var receiver in SceneSearch.All<AvatarBridgeReceiver>())
                Object.DestroyImmediate(receiver.gameObject);
            PlayerSettings.runInBackground = _ranInBackground;
        }

        static SetupProblem Find(string text) => SetupValidator.Find().Find(problem => problem.Text.Contains(text));

        static AvatarBridgeReceiver Receiver(GameObject avatar)
        {
            var receiver = new GameObject("Receiver").AddComponent<AvatarBridgeReceiver>();
            receiver.Avatar = avatar;
            return receiver;
        }

        /// <summary>Presses every fix button until none is left.</summary>
        static List<SetupProblem> FixAll()
        {
            for (var round = 0; round < 10; round++)
            {
                var fixable = SetupValidator.Find().Find(problem => problem.Fix != null);
                if (fixable == null) break;
                fixable.Fix();
            }
            return SetupValidator.Find();
        }

        [Test]
        public void AnEmptySceneWantsAReceiver()
        {
            Find("no Avatar Bridge Receiver").Fix();
            Assert.That(Find("no Avatar Bridge Receiver"), Is.Null);
            Assert.That(Find("No avatar is connected"), Is.Not.Null);
        }

        [Test]
        public void ABareAvatarIsMadeReady()
        {
            using (var avatar = new TestAvatar(1))
            {
                avatar.Animator.applyRootMotion = true;
                PlayerSettings.runInBackground = false;
                Receiver(avatar.Root);
                Assert.That(Find("no Humanoid Driver"), Is.Not.Null);
                Assert.That(Find("Apply Root Motion"), Is.Not.Null);
                Assert.That(Find("Run In Background"), Is.Not.Null);
                Assert.That(FixAll().Exists(problem => problem.Severity != Severity.Note), Is.False);
                Assert.That(avatar.Root.GetComponent<HumanoidDriver>() != null, Is.True);
                Assert.That(avatar.Animator.applyRootMotion, Is.False);
                Assert.That(PlayerSettings.runInBackground, Is.True);
            }
        }

        [Test]
        public void AFaceWithoutADriverGetsOne()
        {
            using (var avatar = new TestAvatar(2))
            {
                Receiver(avatar.Root);
                Assert.That(Find("face will not move"), Is.Not.Null);
                var mesh = avatar.Root.AddComponent<SkinnedMeshRenderer>();
                mesh.sharedMesh = new Mesh();
                mesh.sharedMesh.AddBlendShapeFrame("aa", 100, new Vector3[0], null, null);
                Find("no driver for its face").Fix();
                Assert.That(avatar.Root.GetComponent<BlendShapeDriver>() != null, Is.True);
            }
        }

        [Test]
        public void WhatIsNotHumanoidIsExplained()
        {
            var prop = new GameObject("Prop");
            prop.AddComponent<Animator>();
            Receiver(prop);
            var problem = Find("Prop");
            Assert.That(problem.Severity, Is.EqualTo(Severity.Error));
            StringAssert.Contains("Humanoid", problem.Text);
            Object.DestroyImmediate(prop);
        }

        [Test]
        public void TwoReceiversOnOnePortAreTold()
        {
            Receiver(null);
            Receiver(null);
            Assert.That(Find("port 39539"), Is.Not.Null);
        }
    }
}
