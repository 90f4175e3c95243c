using System;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class QuatTests
    {
        const float ToleranceDegrees = 0.05f;

        static Quat Random(Random random)
        {
            Quat.TryNormalize(
                (float)random.NextDouble() - 0.5f, (float)random.NextDouble() - 0.5f,
                (float)random.NextDouble() - 0.5f, (float)random.NextDouble() - 0.5f, out var q);
            return q;
        }

        [Test]
        public void RotationVectorsComeBack()
        {
            var random = new Random(1);
            for (var i = 0; i < 200; i++)
            {
                var q = Random(random);
                Assert.That(Quat.Angle(q, Quat.FromRotationVector(q.ToRotationVector())), Is.LessThan(ToleranceDegrees));
            }
        }

        [Test]
        public void SlerpTurnsEvenlyAndTheShortWay()
        {
            var random = new Random(2);
            for (var i = 0; i < 200; i++)
            {
                var a = Random(random);
                var b = Random(random);
                var whole = Quat.Angle(a, b);
                var share = (float)random.NextDouble();
                var between = Quat.Slerp(a, b, share);
                Assert.That(Quat.Angle(a, between), Is.EqualTo(whole * share).Within(ToleranceDegrees));
                var flipped = new Quat(-b.X, -b.Y, -b.Z, -b.W);
                Assert.That(Quat.Angle(between, Quat.Slerp(a, flipped, share)), Is.LessThan(ToleranceDegrees));
            }
        }

        [TestCase(0f, 0f, 0f, 0f)]
        [TestCase(float.NaN, 0f, 0f, 1f)]
        [TestCase(float.PositiveInfinity, 0f, 0f, 1f)]
        public void WhatIsNoRotationIsRefused(float x, float y, float z, float w)
        {
            Assert.That(Quat.TryNormalize(x, y, z, w, out var q), Is.False);
            Assert.That(q.W, Is.EqualTo(1f));
        }

        [Test]
        public void RestPoseLowersTheArmsToTheirOwnSides()
        {
            // About Z by +72 degrees the left arm, along -X, points down and still to the left.
            var q = RestPose.Rotations[(int)BodyBone.LeftUpperArm];
            var arm = q * new Quat(-1, 0, 0, 0) * q.Conjugate;
            Assert.That(arm.Y, Is.LessThan(-0.9f));
            Assert.That(arm.X, Is.LessThan(0f));
        }
    }
}
