using System;
using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge.Tests
{
    /// <summary>
    /// A humanoid made by AvatarBuilder whose bones have random axes, random extra transforms between
    /// them and a scaled, turned armature: what importers make of other programs' rigs.
    /// </summary>
    internal sealed class TestAvatar : IDisposable
    {
        const float LimbMetres = 0.2f;

        public readonly GameObject Root;
        public readonly Animator Animator;
        public readonly Transform[] Bones = new Transform[BoneTable.Count];

        readonly System.Random _random;

        public TestAvatar(int seed, Func<BodyBone, bool> has = null, bool randomAxes = true)
        {
            _random = new System.Random(seed);
            Root = new GameObject("Avatar");
            var armature = Child(Root.transform, "Armature", randomAxes);
            armature.localScale = randomAxes ? Vector3.one * 0.5f : Vector3.one;
            foreach (var bone in BoneTable.ParentFirst)
                if (has == null || has(bone)) Bones[(int)bone] = MakeBone(bone, armature, randomAxes);

            Animator = Root.AddComponent<Animator>();
            Animator.avatar = AvatarBuilder.BuildHumanAvatar(Root, Describe());
        }

        public void Dispose() => UnityEngine.Object.DestroyImmediate(Root);

        /// <summary>Away from the T-pose, as a scene has it before play begins.</summary>
        public void Disturb()
        {
            foreach (var bone in Bones)
                if (bone != null) bone.localRotation = RandomRotation() * bone.localRotation;
        }

        public Quaternion RandomRotation() => Quaternion.Euler(
            (float)_random.NextDouble() * 360, (float)_random.NextDouble() * 360, (float)_random.NextDouble() * 360);

        Transform MakeBone(BodyBone bone, Transform armature, bool randomAxes)
        {
            var parent = armature;
            for (var b = BoneTable.Parents[(int)bone]; b != BodyBone.None; b = BoneTable.Parents[(int)b])
                if (Bones[(int)b] != null)
                {
                    parent = Bones[(int)b];
                    break;
                }
            if (randomAxes && _random.NextDouble() < 0.3) parent = Child(parent, "Helper" + bone, true);
            var transform = Child(parent, "Bone" + bone, randomAxes);
            transform.position = bone == BodyBone.Hips
                ? Root.transform.TransformPoint(new Vector3(0, 1, 0))
                : transform.parent.position + Quaternion.Euler(0, 0, (int)bone * 20) * Vector3.up * LimbMetres;
            return transform;
        }

        Transform Child(Transform parent, string name, bool randomAxes)
        {
            var child = new GameObject(name).transform;
            child.SetParent(parent, false);
            if (randomAxes) child.localRotation = RandomRotation();
            return child;
        }

        HumanDescription Describe()
        {
            var skeleton = new List<SkeletonBone>();
            AddSkeleton(Root.transform, skeleton);
            var human = new List<HumanBone>();
            for (var i = 0; i < BoneTable.Count; i++)
                if (Bones[i] != null)
                    human.Add(new HumanBone
                    {
                        boneName = Bones[i].name,
                        humanName = HumanTrait.BoneName[i],
                        limit = new HumanLimit { useDefaultValues = true },
                    });
            return new HumanDescription { human = human.ToArray(), skeleton = skeleton.ToArray() };
        }

        static void AddSkeleton(Transform transform, List<SkeletonBone> skeleton)
        {
            skeleton.Add(new SkeletonBone
            {
                name = transform.name,
                position = transform.localPosition,
                rotation = transform.localRotation,
                scale = transform.localScale,
            });
            for (var i = 0; i < transform.childCount; i++) AddSkeleton(transform.GetChild(i), skeleton);
        }
    }
}
