using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>The humanoid bones of one avatar, ready to take normalised rotations.</summary>
    internal sealed class HumanoidRig
    {
        public readonly RigBone[] Bones;
        public readonly RigHips Hips;

        HumanoidRig(RigBone[] bones, RigHips hips)
        {
            Bones = bones;
            Hips = hips;
        }

        /// <summary>Reads the rig; null with the reason when the avatar cannot be driven.</summary>
        public static HumanoidRig Capture(Animator animator, out string fault)
        {
            fault = FaultOf(animator);
            if (fault != null) return null;

            var pose = new TPose(animator);
            var transforms = new Transform[BoneTable.Count];
            for (var i = 0; i < BoneTable.Count; i++) transforms[i] = animator.GetBoneTransform((HumanBodyBones)i);
            if (transforms[(int)BodyBone.Hips] == null)
            {
                fault = "The avatar's bones are hidden. In its import settings, Rig, turn Optimize Game Objects off.";
                return null;
            }
            var chains = BoneFolding.Chains(bone => transforms[(int)bone] != null);
            var bones = new List<RigBone>();
            foreach (var bone in BoneTable.ParentFirst)
                if (transforms[(int)bone] != null)
                    bones.Add(new RigBone(bone, transforms[(int)bone], chains[(int)bone], pose));
            return new HumanoidRig(bones.ToArray(), new RigHips(animator.transform, transforms[(int)BodyBone.Hips], pose));
        }

        /// <summary>Why an Animator cannot be driven, with the remedy; null when it can.</summary>
        public static string FaultOf(Animator animator)
        {
            if (animator == null) return "There is no Animator. Put the driver on the avatar's root.";
            if (animator.avatar == null)
                return "The Animator has no Avatar. In the model's import settings set Rig, Animation Type to Humanoid.";
            if (!animator.avatar.isValid) return "The Animator's Avatar is not valid. Configure it in the model's import settings.";
            return animator.avatar.isHuman
                ? null
                : "The Avatar is not humanoid. In the model's import settings set Rig, Animation Type to Humanoid.";
        }
    }
}
