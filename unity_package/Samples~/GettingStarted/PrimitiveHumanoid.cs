using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge.Samples
{
    /// <summary>A humanoid of boxes, made ready for the Animator by AvatarBuilder: no asset is needed.</summary>
    public static class PrimitiveHumanoid
    {
        struct Part
        {
            public string Name, Parent;
            public Vector3 Position;
            public float Thickness;

            public Part(string name, string parent, float x, float y, float z, float thickness)
            {
                Name = name;
                Parent = parent;
                Position = new Vector3(x, y, z);
                Thickness = thickness;
            }
        }

        const string HeadTop = "HeadTop"; // only gives the head its length

        // The T-pose facing +Z in metres, a person of 1.7 m; the right side mirrors the left.
        static readonly Part[] Middle =
        {
            new Part("Hips", "", 0, 0.95f, 0, 0.22f),
            new Part("Spine", "Hips", 0, 1.04f, 0, 0.22f),
            new Part("Chest", "Spine", 0, 1.17f, 0, 0.25f),
            new Part("UpperChest", "Chest", 0, 1.28f, 0, 0.26f),
            new Part("Neck", "UpperChest", 0, 1.44f, 0, 0.09f),
            new Part("Head", "Neck", 0, 1.52f, 0, 0.17f),
            new Part(HeadTop, "Head", 0, 1.72f, 0, 0),
        };

        static readonly Part[] Left =
        {
            new Part("UpperLeg", "Hips", -0.09f, 0.9f, 0, 0.13f),
            new Part("LowerLeg", "UpperLeg", -0.09f, 0.49f, 0, 0.1f),
            new Part("Foot", "LowerLeg", -0.09f, 0.08f, 0, 0.08f),
            new Part("Toes", "Foot", -0.09f, 0.03f, 0.12f, 0.07f),
            new Part("Shoulder", "UpperChest", -0.05f, 1.38f, 0, 0.09f),
            new Part("UpperArm", "Shoulder", -0.18f, 1.38f, 0, 0.09f),
            new Part("LowerArm", "UpperArm", -0.46f, 1.38f, 0, 0.075f),
            new Part("Hand", "LowerArm", -0.7f, 1.38f, 0, 0.06f),
        };

        static readonly string[] Fingers = { "Index", "Middle", "Ring", "Little" };
        static readonly string[] Segments = { "Proximal", "Intermediate", "Distal" };

        /// <summary>The avatar's root, with an Animator whose Avatar is humanoid.</summary>
        public static GameObject Create(Material material)
        {
            var root = new GameObject("Primitive Humanoid");
            var bones = new Dictionary<string, Transform>();
            foreach (var part in Parts()) AddBone(root.transform, part, bones);
            var animator = root.AddComponent<Animator>();
            animator.avatar = AvatarBuilder.BuildHumanAvatar(root, Describe(root, bones));
            // After the Avatar, which is to know of bones only.
            foreach (var part in Parts())
                if (part.Thickness > 0) AddBox(bones, part, material);
            return root;
        }

        static IEnumerable<Part> Parts()
        {
            foreach (var part in Middle) yield return part;
            foreach (var side in new[] { "Left", "Right" })
            {
                var mirror = side == "Left" ? 1 : -1;
                foreach (var part in Left) yield return Sided(part, side, mirror);
                for (var finger = 0; finger < Fingers.Length; finger++)
                    for (var segment = 0; segment < Segments.Length; segment++)
                        yield return Finger(Fingers[finger], segment, 0.03f - 0.02f * finger, side, mirror);
                for (var segment = 0; segment < Segments.Length; segment++)
                    yield return Thumb(segment, side, mirror);
            }
        }

        static Part Sided(Part part, string side, int mirror)
        {
            var hangsInTheMiddle = part.Parent == "Hips" || part.Parent == "UpperChest";
            return new Part(side + part.Name, hangsInTheMiddle ? part.Parent : side + part.Parent,
                part.Position.x * mirror, part.Position.y, part.Position.z, part.Thickness);
        }

        static Part Finger(string finger, int segment, float z, string side, int mirror) => new Part(
            side + finger + Segments[segment], side + (segment == 0 ? "Hand" : finger + Segments[segment - 1]),
            (-0.79f - 0.03f * segment) * mirror, 1.38f, z, 0.014f);

        static Part Thumb(int segment, string side, int mirror) => new Part(
            side + "Thumb" + Segments[segment], side + (segment == 0 ? "Hand" : "Thumb" + Segments[segment - 1]),
            (-0.72f - 0.025f * segment) * mirror, 1.37f, 0.03f + 0.025f * segment, 0.016f);

        static void AddBone(Transform root, Part part, Dictionary<string, Transform> bones)
        {
            var bone = new GameObject(part.Name).transform;
            bone.SetParent(part.Parent == "" ? root : bones[part.Parent], false);
            bone.position = root.TransformPoint(part.Position);
            bones.Add(part.Name, bone);
        }

        /// <summary>A box from the bone towards its first child, or a short one at the end of a limb.</summary>
        static void AddBox(Dictionary<string, Transform> bones, Part part, Material material)
        {
            var bone = bones[part.Name];
            var end = bone.childCount > 0 // its boxes are added to it only now
                ? bone.GetChild(0).position
                : bone.position + (bone.position - bone.parent.position).normalized * part.Thickness * 1.5f;
            var box = GameObject.CreatePrimitive(PrimitiveType.Cube);
            box.name = part.Name + " Box";
            box.transform.SetParent(bone, false);
            box.transform.position = (bone.position + end) / 2;
            box.transform.rotation = Quaternion.FromToRotation(Vector3.up, end - bone.position);
            box.transform.localScale = new Vector3(part.Thickness, (end - bone.position).magnitude, part.Thickness * 0.7f);
            if (material != null) box.GetComponent<MeshRenderer>().sharedMaterial = material;
        }

        static HumanDescription Describe(GameObject root, Dictionary<string, Transform> bones)
        {
            var human = new List<HumanBone>();
            foreach (var humanName in HumanTrait.BoneName)
                if (bones.TryGetValue(humanName.Replace(" ", ""), out var bone))
                    human.Add(new HumanBone
                    {
                        boneName = bone.name, humanName = humanName, limit = new HumanLimit { useDefaultValues = true },
                    });
            var skeleton = new List<SkeletonBone> { Rest(root.transform) };
            foreach (var part in Parts()) skeleton.Add(Rest(bones[part.Name]));
            return new HumanDescription
            {
                human = human.ToArray(), skeleton = skeleton.ToArray(),
                // What the model importer sets by default.
                upperArmTwist = 0.5f, lowerArmTwist = 0.5f, upperLegTwist = 0.5f, lowerLegTwist = 0.5f,
                armStretch = 0.05f, legStretch = 0.05f,
            };
        }

        static SkeletonBone Rest(Transform transform) => new SkeletonBone
        {
            name = transform.name, position = transform.localPosition, rotation = transform.localRotation,
            scale = transform.localScale,
        };
    }
}
