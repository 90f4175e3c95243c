/**
 * Skins and morphs on the processor, for browsers that draw without a graphics card.
 *
 * There every vertex costs 16 texture reads for its bones and one for each morph target, anew for
 * each of the triangles that share it: more than half of a frame. Here each vertex is done once,
 * with the morphs that are at work, and the renderer gets plain meshes.
 */

import {
  BufferAttribute, DynamicDrawUsage, Matrix4, Mesh, type Object3D, type Skeleton, SkinnedMesh,
  Sphere, Vector3,
} from "three";

const MATRIX = 12; // numbers of a bone: three rows of four

/** Where a morph target moves something: vertex numbers and their x y z displacement. */
interface Morph {
  readonly vertices: Uint32Array;
  readonly displacements: Float32Array;
}

export class SoftwareSkin {
  private readonly skins: Skin[] = [];
  private readonly skeletons: Set<Skeleton>;

  /** Takes over drawing from every skinned mesh below `root`; they stay for bones and morphs. */
  constructor(root: Object3D) {
    const meshes: SkinnedMesh[] = [];
    root.traverse((node) => {
      if (node instanceof SkinnedMesh) meshes.push(node);
    });
    for (const mesh of meshes) this.skins.push(new Skin(mesh));
    this.skeletons = new Set(meshes.map(({ skeleton }) => skeleton));
  }

  /** Follow bones and morphs as they are now; world matrices must be current. */
  update(): void {
    for (const skeleton of this.skeletons) skeleton.update();
    for (const skin of this.skins) skin.update();
  }
}

class Skin {
  private readonly rest: Float32Array;
  private readonly restNormals: Float32Array;
  private readonly joints: Uint16Array;
  private readonly shares: Float32Array;
  private readonly morphs: (Morph | null)[];
  private readonly position: BufferAttribute;
  private readonly normal: BufferAttribute;
  private readonly morphed: Float32Array;
  private readonly bones: Float32Array;
  private readonly bone = new Matrix4();
  private readonly low = new Vector3();
  private readonly high = new Vector3();
  private readonly shown: Mesh;

  constructor(private readonly mesh: SkinnedMesh) {
    const geometry = mesh.geometry;
    this.rest = plain(geometry.getAttribute("position") as BufferAttribute, 3);
    const normal = geometry.getAttribute("normal") as BufferAttribute | undefined;
    this.restNormals = normal ? plain(normal, 3) : new Float32Array(this.rest.length);
    const joints = plain(geometry.getAttribute("skinIndex") as BufferAttribute, 4);
    this.joints = Uint16Array.from(joints, (joint) => joint * MATRIX);
    this.shares = plain(geometry.getAttribute("skinWeight") as BufferAttribute, 4);
    const relative = geometry.morphTargetsRelative;
    const targets = geometry.morphAttributes.position ?? [];
    this.morphs = targets.map((target) => morph(target as BufferAttribute, relative ? null : this.rest));
    this.morphed = this.morphs.length > 0 ? this.rest.slice() : this.rest;
    this.bones = new Float32Array(mesh.skeleton.bones.length * MATRIX);

    const drawn = geometry.clone();
    drawn.morphAttributes = {};
    drawn.deleteAttribute("skinIndex");
    drawn.deleteAttribute("skinWeight");
    this.position = new BufferAttribute(new Float32Array(this.rest.length), 3);
    this.normal = new BufferAttribute(new Float32Array(this.rest.length), 3);
    this.position.setUsage(DynamicDrawUsage);
    this.normal.setUsage(DynamicDrawUsage);
    drawn.setAttribute("position", this.position);
    drawn.setAttribute("normal", this.normal);
    drawn.boundingSphere = new Sphere();
    this.shown = new Mesh(drawn, mesh.material);
    this.shown.renderOrder = mesh.renderOrder;
    this.shown.layers.mask = mesh.layers.mask;
    // Vertices are in the world already.
    this.shown.matrixAutoUpdate = this.shown.matrixWorldAutoUpdate = false;
    mesh.parent!.add(this.shown);
    mesh.layers.disableAll();
  }

  update(): void {
    this.shown.visible = this.mesh.visible;
    if (this.morphs.length > 0) this.applyMorphs();
    this.bindBones();
    this.skin();
    this.position.needsUpdate = true;
    this.normal.needsUpdate = true;
  }

  private applyMorphs(): void {
    const { morphed } = this;
    morphed.set(this.rest);
    const influences = this.mesh.morphTargetInfluences!;
    this.morphs.forEach((target, index) => {
      const share = influences[index]!;
      if (share === 0 || !target) return;
      const { vertices, displacements } = target;
      for (let i = 0, from = 0; i < vertices.length; i++, from += 3) {
        const at = vertices[i]! * 3;
        morphed[at]! += share * displacements[from]!;
        morphed[at + 1]! += share * displacements[from + 1]!;
        morphed[at + 2]! += share * displacements[from + 2]!;
      }
    });
  }

  /** Each bone's matrix from the mesh's rest to the world, its first three rows. */
  private bindBones(): void {
    const { bones, bone, mesh } = this;
    const all = mesh.skeleton.boneMatrices!;
    for (let from = 0, to = 0; to < bones.length; from += 16, to += MATRIX) {
      const e = bone.fromArray(all, from).multiply(mesh.bindMatrix).elements;
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 4; column++) bones[to + row * 4 + column] = e[column * 4 + row]!;
      }
    }
  }

  private skin(): void {
    const { bones, joints, shares, morphed, restNormals } = this;
    const positions = this.position.array;
    const normals = this.normal.array;
    const { low, high } = this;
    low.setScalar(Infinity);
    high.setScalar(-Infinity);
    for (let at = 0, slot = 0; at < morphed.length; at += 3, slot += 4) {
      const x = morphed[at]!, y = morphed[at + 1]!, z = morphed[at + 2]!;
      const nx = restNormals[at]!, ny = restNormals[at + 1]!, nz = restNormals[at + 2]!;
      let px = 0, py = 0, pz = 0, qx = 0, qy = 0, qz = 0;
      for (let i = slot; i < slot + 4; i++) {
        const share = shares[i]!;
        if (share === 0) continue;
        const b = joints[i]!;
        const a0 = bones[b]!, a1 = bones[b + 1]!, a2 = bones[b + 2]!;
        const b0 = bones[b + 4]!, b1 = bones[b + 5]!, b2 = bones[b + 6]!;
        const c0 = bones[b + 8]!, c1 = bones[b + 9]!, c2 = bones[b + 10]!;
        px += share * (a0 * x + a1 * y + a2 * z + bones[b + 3]!);
        py += share * (b0 * x + b1 * y + b2 * z + bones[b + 7]!);
        pz += share * (c0 * x + c1 * y + c2 * z + bones[b + 11]!);
        qx += share * (a0 * nx + a1 * ny + a2 * nz);
        qy += share * (b0 * nx + b1 * ny + b2 * nz);
        qz += share * (c0 * nx + c1 * ny + c2 * nz);
      }
      positions[at] = px;
      positions[at + 1] = py;
      positions[at + 2] = pz;
      normals[at] = qx;
      normals[at + 1] = qy;
      normals[at + 2] = qz;
      if (px < low.x) low.x = px;
      if (px > high.x) high.x = px;
      if (py < low.y) low.y = py;
      if (py > high.y) high.y = py;
      if (pz < low.z) low.z = pz;
      if (pz > high.z) high.z = pz;
    }
    const sphere = this.shown.geometry.boundingSphere!; // what is out of view is not drawn
    sphere.center.addVectors(low, high).multiplyScalar(0.5);
    sphere.radius = 0.5 * low.distanceTo(high);
  }
}

/** An attribute's numbers in full, whatever it is stored as. */
function plain(attribute: BufferAttribute, width: number): Float32Array {
  const numbers = new Float32Array(attribute.count * width);
  for (let row = 0; row < attribute.count; row++) {
    for (let column = 0; column < width; column++) {
      numbers[row * width + column] = attribute.getComponent(row, column);
    }
  }
  return numbers;
}

/** What of a target moves at all; `rest` is given where targets are places, not displacements. */
function morph(target: BufferAttribute, rest: Float32Array | null): Morph | null {
  const dense = plain(target, 3);
  if (rest) dense.forEach((value, at) => (dense[at] = value - rest[at]!));
  const moved: number[] = [];
  for (let at = 0; at < dense.length; at += 3) {
    if (dense[at] || dense[at + 1] || dense[at + 2]) moved.push(at / 3);
  }
  if (moved.length === 0) return null;
  const displacements = new Float32Array(moved.length * 3);
  moved.forEach((vertex, i) => displacements.set(dense.subarray(vertex * 3, vertex * 3 + 3), i * 3));
  return { vertices: Uint32Array.from(moved), displacements };
}
