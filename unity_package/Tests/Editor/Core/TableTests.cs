using System;
using System.Linq;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class TableTests
    {
        [Test]
        public void EveryBoneIsFoundByItsName()
        {
            for (var i = 0; i < BoneTable.Count; i++)
                Assert.That(BoneTable.Find(ByteSlice.Ascii(BoneTable.Names[i])), Is.EqualTo((BodyBone)i));
            Assert.That(BoneTable.Find(ByteSlice.Ascii("hips")), Is.EqualTo(BodyBone.None));
            Assert.That(BoneTable.Find(ByteSlice.Ascii("")), Is.EqualTo(BodyBone.None));
        }

        [Test]
        public void ParentsComeFirstAndLeadToTheHips()
        {
            Assert.That(BoneTable.ParentFirst.Distinct().Count(), Is.EqualTo(BoneTable.Count));
            for (var i = 0; i < BoneTable.Count; i++)
            {
                var bone = BoneTable.ParentFirst[i];
                var parent = BoneTable.Parents[(int)bone];
                Assert.That(Array.IndexOf(BoneTable.ParentFirst, parent), Is.LessThan(i));
                if (parent == BodyBone.None) Assert.That(bone, Is.EqualTo(BodyBone.Hips));
            }
        }

        [TestCase("LeftThumbProximal", "LeftHand")]
        [TestCase("RightLittleDistal", "RightLittleIntermediate")]
        [TestCase("RightIndexProximal", "RightHand")]
        [TestCase("Neck", "UpperChest")]
        public void FingersAndSpineHangWhereUnityHangsThem(string bone, string parent)
        {
            var found = BoneTable.Find(ByteSlice.Ascii(bone));
            Assert.That(BoneTable.Parents[(int)found].ToString(), Is.EqualTo(parent));
        }

        [Test]
        public void EveryBoneBelongsToOnePartAndSidesAgree()
        {
            for (var i = 0; i < BoneTable.Count; i++)
            {
                var part = BoneTable.Parts[i].ToString();
                Assert.That(part, Is.Not.EqualTo("None"));
                Assert.That(part.Contains(","), Is.False);
                var name = BoneTable.Names[i];
                if (part.StartsWith("Left")) StringAssert.StartsWith("Left", name);
                if (part.StartsWith("Right")) StringAssert.StartsWith("Right", name);
            }
        }

        [Test]
        public void NamesAreNumberedOnceAndTheTableIsBounded()
        {
            var names = new NameTable();
            Assert.That(names.Intern(ByteSlice.Ascii("Joy")), Is.EqualTo(0));
            Assert.That(names.Intern(ByteSlice.Ascii("Fun")), Is.EqualTo(1));
            Assert.That(names.Intern(ByteSlice.Ascii("Joy")), Is.EqualTo(0));
            Assert.That(names[1], Is.EqualTo("Fun"));
            for (var i = 0; i < NameTable.Capacity * 2; i++) names.Intern(ByteSlice.Ascii("n" + i));
            Assert.That(names.Count, Is.EqualTo(NameTable.Capacity));
            Assert.That(names.Intern(ByteSlice.Ascii("one too many")), Is.EqualTo(NameTable.None));
            Assert.That(names.Intern(ByteSlice.Ascii("Fun")), Is.EqualTo(1));
            Assert.That(new NameTable().Intern(ByteSlice.Ascii(new string('x', 1000))), Is.EqualTo(NameTable.None));
        }
    }
}
