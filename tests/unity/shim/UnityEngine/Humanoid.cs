using System;
using System.Collections.Generic;

namespace UnityEngine
{
    // The same numbers in Unity 2019.4 to 6000.0.
    public enum HumanBodyBones
    {
        Hips, LeftUpperLeg, RightUpperLeg, LeftLowerLeg, RightLowerLeg, LeftFoot, RightFoot, Spine, Chest, Neck, Head,
        LeftShoulder, RightShoulder, LeftUpperArm, RightUpperArm, LeftLowerArm, RightLowerArm, LeftHand, RightHand,
        LeftToes, RightToes, LeftEye, RightEye, Jaw,
        LeftThumbProximal, LeftThumbIntermediate, LeftThumbDistal, LeftIndexProximal, LeftIndexIntermediate,
        LeftIndexDistal, LeftMiddleProximal, LeftMiddleIntermediate, LeftMiddleDistal, LeftRingProximal,
        LeftRingIntermediate, LeftRingDistal, LeftLittleProximal, LeftLittleIntermediate, LeftLittleDistal,
        RightThumbProximal, RightThumbIntermediate, RightThumbDistal, RightIndexProximal, RightIndexIntermediate,
        RightIndexDistal, RightMiddleProximal, RightMiddleIntermediate, RightMiddleDistal, RightRingProximal,
        RightRingIntermediate, RightRingDistal, RightLittleProximal, RightLittleIntermediate, RightLittleDistal,
        UpperChest, LastBone,
    }

    public struct HumanLimit
    {
        public bool useDefaultValues { get; set; }
    }

    public struct HumanBone
    {
        public HumanLimit limit;
        public string boneName { get; set; }
        public string humanName { get; set; }
    }

    public struct SkeletonBone
    {
        public string name;
        public Vector3 position;
        public Quaternion rotation;
        public Vector3 scale;
    }

    public struct HumanDescription
    {
        public HumanBone[] human;
        public SkeletonBone[] skeleton;
        public float upperArmTwist { get; set; }
        public float lowerArmTwist { get; set; }
        public float upperLegTwist { get; set; }
        public float lowerLegTwist { get; set; }
        public float armStretch { get; set; }
        public float legStretch { get; set; }
        public float feetSpacing { get; set; }
        public bool hasTranslationDoF { get; set; }
    }

    public sealed class Avatar : Object
    {
        internal bool Valid, Human;
        internal HumanDescription Description;

        public bool isValid => Valid;
        public bool isHuman => Valid && Human;
        public HumanDescription humanDescription => Description;
    }

    public static class AvatarBuilder
    {
        static readonly string[] Required =
        {
            "Hips", "Spine", "Head", "LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg", "LeftFoot",
            "RightFoot", "LeftUpperArm", "RightUpperArm", "LeftLowerArm", "RightLowerArm", "LeftHand", "RightHand",
        };

        public static Avatar BuildHumanAvatar(GameObject go, HumanDescription description)
        {
            var named = new HashSet<string>();
            foreach (var bone in description.human) named.Add(bone.humanName);
            var valid = true;
            foreach (var bone in Required) valid &= named.Contains(bone);
            return new Avatar { Valid = valid, Human = true, Description = description, name = go.name };
        }
    }

    public class RuntimeAnimatorController : Object { }

    public sealed class Animator : Behaviour
    {
        public Avatar avatar { get; set; }
        public bool isHuman => avatar != null && avatar.isHuman;
        public bool applyRootMotion { get; set; }
        public RuntimeAnimatorController runtimeAnimatorController { get; set; }

        public Transform GetBoneTransform(HumanBodyBones bone)
        {
            if (!isHuman) return null;
            // Unity's human names have spaces in fingers ("Left Thumb Proximal").
            foreach (var entry in avatar.Description.human)
                if (entry.humanName.Replace(" ", "") == bone.ToString())
                    return FindBelow(transform, entry.boneName);
            return null;
        }

        static Transform FindBelow(Transform t, string name)
        {
            if (t.name == name) return t;
            for (var i = 0; i < t.childCount; i++)
            {
                var found = FindBelow(t.GetChild(i), name);
                if (found != null) return found;
            }
            return null;
        }
    }

    public static class HumanTrait
    {
        public static int MuscleCount => MuscleName.Length;
        public static string[] MuscleName => new[] { "Spine Front-Back", "Left Thumb 1 Stretched", "Jaw Close" };
        public static string[] BoneName
        {
            get
            {
                var names = new List<string>();
                for (var i = 0; i < (int)HumanBodyBones.LastBone; i++)
                {
                    var name = ((HumanBodyBones)i).ToString();
                    names.Add(i >= 24 && i <= 53 ? Spaced(name) : name);
                }
                return names.ToArray();
            }
        }

        static string Spaced(string name)
        {
            var text = "";
            foreach (var c in name) text += char.IsUpper(c) && text != "" ? " " + c : c.ToString();
            return text;
        }
    }

    public struct HumanPose
    {
        public Vector3 bodyPosition;
        public Quaternion bodyRotation;
        public float[] muscles;
    }

    public sealed class HumanPoseHandler : IDisposable
    {
        public HumanPoseHandler(Avatar avatar, Transform root) { }

        public void GetHumanPose(ref HumanPose pose)
        {
            pose.bodyPosition = new Vector3(0, 1, 0);
            pose.bodyRotation = Quaternion.identity;
            if (pose.muscles == null || pose.muscles.Length != HumanTrait.MuscleCount)
                pose.muscles = new float[HumanTrait.MuscleCount];
        }

        public void Dispose() { }
    }
}
